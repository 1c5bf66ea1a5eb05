package specs

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) reports() {
	Describe("reports of Meta", func() {
		It("may be signed with either app secret during a rotation", Label("WHK-2"), limit, func(ctx SpecContext) {
			const fresh = "the app secret that Meta will sign with"
			d := deploy(ctx, func(c testkit.Config) {
				c.Set("whatsapp.app_secrets", []string{testkit.MockAppSecret, fresh})
			})
			for _, secret := range []string{testkit.MockAppSecret, fresh} {
				id, message := d.sendOnly(ctx)
				d.expectDelivery(ctx, id, state("sent"))
				body := oneReport(message, "delivered")
				Expect(d.reportAs(ctx, body, sign(body, secret)).Status).To(Equal(http.StatusOK))
				d.expectDelivery(ctx, id, state("delivered"))
			}
			_, message := d.sendOnly(ctx)
			body := oneReport(message, "delivered")
			Expect(d.reportAs(ctx, body, sign(body, "the secret before both")).Status).
				To(BeElementOf(http.StatusUnauthorized, http.StatusForbidden))
		})

		It("about another sending number are left to others", Label("WHK-4"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			s.expectDelivery(ctx, id, state("sent"))
			others := strings.Replace(oneReport(message, "delivered"), testkit.MockPhoneNumberID, "999999999999999", 1)
			s.report(ctx, others)
			s.expectDelivery(ctx, id, state("sent"))
			ours := oneReport(message, "delivered")
			s.report(ctx, ours)
			s.expectDelivery(ctx, id, state("delivered"))
		})

		It("find their message without our callback data", Label("FBK-4", "WHK-4"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			s.expectDelivery(ctx, id, state("sent"))
			status := reportOf(message, "delivered")
			delete(status, "biz_opaque_callback_data")
			body := reportBody([]map[string]any{status}, nil)
			s.report(ctx, body)
			s.expectDelivery(ctx, id, state("delivered"))
		})

		It("at four times the rate of sends are all taken", Label("WHK-7"), limit, func(ctx SpecContext) {
			const messages, reports = 200, 4 // Sent twice, delivered, read.
			d := deployWithFlags(ctx, []string{"--throughput=-1"}, func(c testkit.Config) { c.Set("whatsapp.rate", 1000) })
			_, err := d.Mock.SetChaos(ctx, client.Chaos{Seed: 1, Faults: []client.Fault{{Kind: client.Duplicate, On: "sent", Rate: 1}}})
			Expect(err).NotTo(HaveOccurred())
			ids := d.postMany(ctx, messages)
			for _, id := range ids {
				d.expectDelivery(ctx, id, state("read"), attempts(client.WhatsApp))
			}
			taken := 0
			for _, m := range must(d.Mock.Messages(ctx, client.Filter{})) {
				for _, try := range m.Webhooks {
					Expect(try.Answer).To(Equal(http.StatusOK), "the answer to %q", try.Status)
					taken++
				}
			}
			Expect(taken).To(BeNumerically(">=", messages*reports-messages), "reports")
			d.expectCount(ctx, "", client.SMS, 0)
		})
	})

	Describe("a security event", func() {
		It("'I didn't request a code' stops the message and is seen by operators", Label("OPS-2"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			s.expectDelivery(ctx, id, state("sent"))
			before := s.metric(ctx, "security_events_total", `alert="not_requested"`)
			Expect(s.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			s.expectDelivery(ctx, id, HaveField("Alert", "not_requested"), state("cancelled"))
			waitUntil(ctx, message.At.Add(fallbackAfter+margin))
			s.expectCount(ctx, message.To, client.SMS, 0)
			Expect(s.metric(ctx, "security_events_total", `alert="not_requested"`)).To(BeNumerically(">", before))
		})

		It("'the identity behind the number has changed' sends the code nowhere", Label("OPS-2", "RTY-5"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.failNextSend(ctx, phone, identityChanged)
			id := s.post(ctx, login6(phone))
			s.expectDelivery(ctx, id, HaveField("Alert", "identity_changed"), state("failed"), attempts(client.WhatsApp))
			s.expectCount(ctx, phone, "", 0)
		})
	})
}
