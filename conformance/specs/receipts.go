package specs

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// A number to which the mock's Twilio takes every SMS and then reports it as
// undelivered, with Twilio's code 30006 (landline or unreachable carrier).
const landline = "+15009300060"

func (s *suite) receipts() {
	Describe("the SMS provider's receipts", func() {
		It("tell that the SMS has arrived, or that it has not", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := withReceipts(ctx)
			phone := s.Numbers.Next()
			id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), bySMS()))
			arrived(ctx, d, phone, client.SMS, 1)
			seen := expectDelivery(ctx, d, id, state("delivered"), attempts(client.SMS))
			Expect(seen.Attempts[0].DeliveredAt).NotTo(BeZero())

			id = accepted(ctx, d.Courier, payload(loginMessage, landline, randomCode(6), bySMS()))
			seen = expectDelivery(ctx, d, id, state("failed"), attempts(client.SMS))
			Expect(seen.Attempts[0].Code).To(Equal("30006"))
			Expect(seen.Reason).NotTo(BeEmpty())
		})

		It("count only with Twilio's signature", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := withReceipts(ctx)
			phone := s.Numbers.Next()
			Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.SwitchedOff})).To(Succeed())
			id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), bySMS()))
			seen := expectDelivery(ctx, d, id, attempts(client.SMS), state("sent"))
			forged := must(testkit.Do(ctx, "POST", d.Courier.PublicURL+"/webhooks/sms/twilio?ref="+id+".1", "MessageStatus=delivered",
				"Content-Type", "application/x-www-form-urlencoded", "X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
			Expect(forged.Status).To(Equal(401))
			Expect(must(d.Courier.Operator().Delivery(ctx, id))).To(Equal(seen))
		})
	})
}

// withReceipts starts a courier that Twilio can reach.
func withReceipts(ctx context.Context) *testkit.System {
	GinkgoHelper()
	port := must(testkit.FreePort())
	return deployment(ctx, func(c testkit.Config) {
		c.Set("serve.public.port", port)
		c.Set("sms.twilio.callback_url", fmt.Sprintf("http://127.0.0.1:%d/webhooks/sms/twilio", port))
	})
}
