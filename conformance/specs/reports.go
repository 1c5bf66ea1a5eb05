package specs

import (
	"context"
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) reports() {
	// sent is a delivery that Meta has taken and that no phone has got.
	sent := func(ctx context.Context, d *testkit.System) (id string, m client.Message) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		switchOff(ctx, d, phone)
		id = accepted(ctx, d.Courier, login6(phone))
		m = arrived(ctx, d, phone, client.WhatsApp, 1)
		Expect(d.Mock.WaitForStatus(ctx, m.ID, "sent")).To(Succeed())
		expectDelivery(ctx, d, id, state("sent"))
		return id, m
	}

	Describe("reports of Meta", func() {
		It("may be signed with either app secret during a rotation", Label("WHK-2"), limit, func(ctx SpecContext) {
			const fresh = "the app secret that Meta will sign with"
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("whatsapp.app_secrets", []string{testkit.MockAppSecret, fresh})
			})
			for _, secret := range []string{testkit.MockAppSecret, fresh} {
				id, message := sent(ctx, d)
				body := oneStatus(message, "delivered")
				Expect(postStatus(ctx, d.Courier, body, sign(body, secret)).Status).To(Equal(http.StatusOK))
				expectDelivery(ctx, d, id, state("delivered"))
			}
			_, message := sent(ctx, d)
			body := oneStatus(message, "delivered")
			Expect(postStatus(ctx, d.Courier, body, sign(body, "the secret before both")).Status).
				To(BeElementOf(http.StatusUnauthorized, http.StatusForbidden))
		})

		It("about another sending number are left to others", Label("WHK-4"), limit, func(ctx SpecContext) {
			id, message := sent(ctx, s.System)
			others := strings.Replace(oneStatus(message, "delivered"), testkit.MockPhoneNumberID, "999999999999999", 1)
			Expect(postStatus(ctx, s.Courier, others, sign(others, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			expectDelivery(ctx, s.System, id, state("sent"))
			ours := oneStatus(message, "delivered")
			Expect(postStatus(ctx, s.Courier, ours, sign(ours, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			expectDelivery(ctx, s.System, id, state("delivered"))
		})

		It("find their message without our callback data", Label("FBK-4", "WHK-4"), limit, func(ctx SpecContext) {
			id, message := sent(ctx, s.System)
			status := metaStatus(message, "delivered")
			delete(status, "biz_opaque_callback_data")
			body := metaBody([]map[string]any{status}, nil)
			Expect(postStatus(ctx, s.Courier, body, sign(body, testkit.MockAppSecret)).Status).To(Equal(http.StatusOK))
			expectDelivery(ctx, s.System, id, state("delivered"))
		})

		It("at four times the rate of sends are all taken", Label("WHK-7"), limit, func(ctx SpecContext) {
			const messages, reports = 200, 4 // Sent twice, delivered, read.
			d := deploymentWith(ctx, []string{"--throughput=-1"}, func(c testkit.Config) { c.Set("whatsapp.rate", 1000) })
			_, err := d.Mock.SetChaos(ctx, client.Chaos{Seed: 1, Faults: []client.Fault{{Kind: client.Duplicate, On: "sent", Rate: 1}}})
			Expect(err).NotTo(HaveOccurred())
			ids := postAll(ctx, d, messages)
			for _, id := range ids {
				expectDelivery(ctx, d, id, state("read"), attempts(client.WhatsApp))
			}
			taken := 0
			for _, m := range must(d.Mock.Messages(ctx, client.Filter{})) {
				for _, try := range m.Webhooks {
					Expect(try.Answer).To(Equal(http.StatusOK), "the answer to %q", try.Status)
					taken++
				}
			}
			Expect(taken).To(BeNumerically(">=", messages*reports-messages), "reports")
			expectCount(ctx, d, "", client.SMS, 0)
		})
	})

	Describe("a security event", func() {
		It("'I didn't request a code' stops the message and is seen by operators", Label("OPS-2"), limit, func(ctx SpecContext) {
			id, message := sent(ctx, s.System)
			before := must(s.Courier.Metric(ctx, "whatsapp_courier_security_events_total", `alert="not_requested"`))
			Expect(s.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			expectDelivery(ctx, s.System, id, HaveField("Alert", "not_requested"), state("cancelled"))
			until(ctx, message.At.Add(fallbackAfter+margin))
			expectCount(ctx, s.System, message.To, client.SMS, 0)
			Expect(s.Courier.Metric(ctx, "whatsapp_courier_security_events_total", `alert="not_requested"`)).To(BeNumerically(">", before))
		})

		It("'the identity behind the number has changed' sends the code nowhere", Label("OPS-2", "RTY-5"), limit, func(ctx SpecContext) {
			const identityChanged = 137000
			phone := s.Numbers.Next()
			Expect(s.Mock.FailNextSend(ctx, phone, identityChanged)).To(Succeed())
			id := accepted(ctx, s.Courier, login6(phone))
			expectDelivery(ctx, s.System, id, HaveField("Alert", "identity_changed"), state("failed"), attempts(client.WhatsApp))
			expectCount(ctx, s.System, phone, "", 0)
		})
	})
}

// postAll posts that many login messages, several at a time, each to a number of
// its own, and returns the deliveries.
func postAll(ctx context.Context, d *testkit.System, messages int) []string {
	GinkgoHelper()
	ids, next := make([]string, messages), make(chan int, messages)
	bodies := make([]string, messages)
	for i := range messages {
		bodies[i] = login6(d.Numbers.Next())
		next <- i
	}
	close(next)
	var posters sync.WaitGroup
	for range stormPosters {
		posters.Go(func() {
			defer GinkgoRecover()
			for i := range next {
				ids[i] = accepted(ctx, d.Courier, bodies[i])
			}
		})
	}
	posters.Wait()
	return ids
}
