package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) fallback() {
	Describe("SMS steps in", func() {
		// after lets WhatsApp fail for a person and expects that the code of the
		// SMS logs in.
		after := func(ctx SpecContext, fail func(phone string)) testkit.Delivery {
			GinkgoHelper()
			person := s.newPerson(ctx, nil)
			fail(person.Phone)
			login := askForCode(ctx, person, nil)
			sms := s.expectMessage(ctx, person.Phone, client.SMS, 1)
			for _, message := range must(s.Mock.Messages(ctx, client.Filter{To: person.Phone, Channel: client.WhatsApp})) {
				Expect(message.Code).To(Equal(sms.Code), "the code of both messages")
			}
			seen := s.expectDeliveryTo(ctx, person.Phone, 1, wentBySMS())
			s.expectLogin(ctx, person, login, sms.Code)
			s.expectOnly(ctx, person.Phone, client.SMS, 1)
			return seen
		}

		It("when Meta rejects the recipient", Label("FBK-1", "RTY-5"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) {
				s.failNextSend(ctx, phone, notOnWhatsApp)
			})
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[0]).To(And(state("failed"), HaveField("Code", "131026")))
		})

		It("when Meta reports a failure after the send", Label("FBK-2"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) {
				s.setPhone(ctx, phone, client.NotOnWhatsApp)
			})
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[0]).To(And(state("failed"), HaveField("Code", "131026")))
			Expect(seen.Attempts[1].StartedAt).To(BeTemporally("<", seen.Attempts[0].AcceptedAt.Add(fallbackAfter)),
				"it did not wait for the deadline")
		})

		It("when the phone does not confirm the delivery", Label("FBK-3"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) { s.switchOff(ctx, phone) })
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[1].StartedAt).To(BeTemporally("~", seen.Attempts[0].AcceptedAt.Add(fallbackAfter), margin))
		})

		// Faults that are not one person's are planted in a deployment of their own.
		It("after a bounded number of retries when Meta's transient errors persist", Label("RTY-4"), limit, func(ctx SpecContext) {
			const faults = 10
			d := s.deployLasting(ctx, nil)
			phone := d.Numbers.Next()
			for range faults {
				d.failNextSend(ctx, phone, serviceUnavailable)
			}
			id := d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.SMS, 1)
			seen := d.expectDelivery(ctx, id, ended())
			tries := len(seen.Attempts) - 1
			Expect(tries).To(And(BeNumerically(">", 1), BeNumerically("<", faults)), "a bounded number of tries on WhatsApp")
			Expect(seen.Attempts[tries].Channel).To(Equal(client.SMS))
			for i := 1; i < tries; i++ {
				Expect(seen.Attempts[i].StartedAt).To(BeTemporally(">", seen.Attempts[i-1].FailedAt), "a pause before try %d", i+1)
			}
			d.expectOnly(ctx, phone, client.SMS, 1)
		})
	})

	Describe("no SMS is sent", func() {
		It("when WhatsApp delivers", Label("FBK-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			id := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.WhatsApp, 1)
			s.expectDelivery(ctx, id, arrived())
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("when Meta's transient errors pass", Label("FBK-5", "RTY-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.failNextSend(ctx, phone, serviceUnavailable)
			id := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.WhatsApp, 1)
			s.expectDelivery(ctx, id, arrived(), attempts(client.WhatsApp, client.WhatsApp))
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("when the report arrives before the answer to the send", Label("FBK-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.plant(ctx, client.Fault{Kind: client.LateAnswer, Number: phone, Delay: client.Duration(fallbackAfter / 2)})
			id := s.post(ctx, login6(phone))
			message := s.expectMessage(ctx, phone, client.WhatsApp, 1)
			s.expectReport(ctx, message.ID, "read")
			s.expectDelivery(ctx, id, state("read"), attempts(client.WhatsApp))
			s.expectDelivery(ctx, id, state("read"), // After the answer.
				HaveField("Attempts", ConsistOf(And(state("read"), HaveField("AcceptedAt", Not(BeZero()))))))
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("when reports are duplicated and reordered", Label("FBK-7"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.plant(ctx,
				client.Fault{Kind: client.Reorder, Number: phone, On: "sent"},
				client.Fault{Kind: client.Duplicate, Number: phone, On: "delivered"},
			)
			id := s.post(ctx, login6(phone))
			message := s.expectMessage(ctx, phone, client.WhatsApp, 1)
			for _, status := range []string{"sent", "delivered", "read"} {
				s.expectReport(ctx, message.ID, status)
			}
			s.expectDelivery(ctx, id, state("read"), attempts(client.WhatsApp))
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("a second time when WhatsApp delivers after all", Label("FBK-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.switchOff(ctx, phone)
			id := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.SMS, 1)
			s.setPhone(ctx, phone, client.OnWhatsApp)
			late := s.expectMessage(ctx, phone, client.WhatsApp, 1)
			s.expectReport(ctx, late.ID, "delivered")
			seen := s.expectDelivery(ctx, id, attempts(client.WhatsApp, client.SMS),
				WithTransform(func(d testkit.Delivery) bool { return d.Attempts[0].DeliveredAt.IsZero() }, BeFalse()))
			Expect(seen.Attempts[0].State).To(BeElementOf("delivered", "read"))
			s.expectOnly(ctx, phone, client.SMS, 1)
		})
	})

	Describe("a failure that Meta reports twice", func() {
		It("causes one SMS", Label("FBK-7", "FBK-2"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			failed := reportOf(message, "failed")
			failed["errors"] = []any{map[string]any{"code": notOnWhatsApp, "title": "Message undeliverable"}}
			body := reportBody([]map[string]any{failed, failed}, nil)
			s.report(ctx, body)
			s.expectMessage(ctx, message.To, client.SMS, 1)
			s.report(ctx, body)
			s.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			s.expectOnly(ctx, message.To, client.SMS, 1)
		})
	})
}
