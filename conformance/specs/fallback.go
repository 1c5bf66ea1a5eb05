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
		after := func(ctx SpecContext, fail func(phone string)) (phone string, sms client.Message) {
			GinkgoHelper()
			var person *testkit.Person
			var login *testkit.Login
			given("Kratos makes a code", func() {
				person = s.newPerson(ctx, nil)
				fail(person.Phone)
				login = askForCode(ctx, person, nil)
			})
			sms = s.expectMessage(ctx, person.Phone, client.SMS, 1)
			for _, message := range must(s.Mock.Messages(ctx, client.Filter{To: person.Phone, Channel: client.WhatsApp})) {
				Expect(message.Code).To(Equal(sms.Code), "the code of both messages")
			}
			s.operatorView().seeTo(ctx, person.Phone, 1, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			s.expectLogin(ctx, person, login, sms.Code)
			s.expectOnly(ctx, person.Phone, client.SMS, 1)
			return person.Phone, sms
		}
		// onWhatsApp is the message of which the phone heard nothing.
		onWhatsApp := func(ctx SpecContext, phone string) client.Message {
			GinkgoHelper()
			return s.expectMessage(ctx, phone, client.WhatsApp, 1)
		}
		notThere := And(state("failed"), HaveField("Code", "131026"))

		It("when Meta rejects the recipient", Label("FBK-1"), limit, func(ctx SpecContext) {
			phone, _ := after(ctx, func(phone string) {
				failSends(ctx, s.deployment, phone, notOnWhatsApp)
			})
			s.operatorView().seeTo(ctx, phone, 1, HaveField("Attempts", ContainElement(notThere)))
		})

		It("when Meta reports a failure after the send", Label("FBK-2"), limit, func(ctx SpecContext) {
			phone, sms := after(ctx, func(phone string) {
				s.setPhone(ctx, phone, client.NotOnWhatsApp)
			})
			Expect(sms.At).To(BeTemporally("<", onWhatsApp(ctx, phone).At.Add(untilSMS(s.deployment))), "it did not wait for the deadline")
			s.operatorView().seeTo(ctx, phone, 1, HaveField("Attempts", ContainElement(notThere)))
		})

		It("when the phone does not confirm the delivery", Label("FBK-3"), limit, func(ctx SpecContext) {
			phone, sms := after(ctx, func(phone string) { s.switchOff(ctx, phone) })
			Expect(sms.At).To(BeTemporally("~", onWhatsApp(ctx, phone).At.Add(untilSMS(s.deployment)), margin))
		})

		It("when nothing is heard of Meta", Label("FBK-3"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.plant(ctx,
				client.Fault{Kind: client.LateAnswer, Number: phone, Delay: client.Duration(max(soon, s.patience()))},
				client.Fault{Kind: client.Silent, Number: phone},
			)
			id := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.SMS, 1)
			s.operatorView().see(ctx, id, wentBySMS())
			s.expectOnly(ctx, phone, client.SMS, 1)
		})

		// Faults that are not one person's are planted in a deployment of their own.
		It("after a bounded number of retries when Meta's transient errors persist", Label("RTY-4"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			phone := d.Numbers.Next()
			failSends(ctx, d.deployment, phone, serviceUnavailable)
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.SMS, 1)
			tries := tries(ctx, d.Mock, phone)
			Expect(len(tries)).To(And(BeNumerically(">", 1), BeNumerically("<", manySends)), "a bounded number of tries on WhatsApp")
			for i := 1; i < len(tries); i++ {
				Expect(tries[i].At.Sub(tries[i-1].At)).To(BeNumerically(">", shortestPause), "a pause before try %d", i+1)
			}
			d.expectOnly(ctx, phone, client.SMS, 1)
		})
	})

	Describe("a permanent error of Meta", func() {
		It("is not tried again on WhatsApp", Label("RTY-5"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			failSends(ctx, s.deployment, phone, notOnWhatsApp)
			given("the code goes by SMS", func() {
				s.post(ctx, login6(phone))
				s.expectMessage(ctx, phone, client.SMS, 1)
			})
			Expect(tries(ctx, s.Mock, phone)).To(HaveLen(1), "requests to Meta")
			s.expectOnly(ctx, phone, client.WhatsApp, 0)
		})
	})

	Describe("no SMS is sent", func() {
		It("when WhatsApp delivers", Label("FBK-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			id := s.post(ctx, login6(phone))
			s.givenReport(ctx, s.givenMessage(ctx, phone, client.WhatsApp), "delivered")
			s.operatorView().see(ctx, id, arrived())
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("when Meta's transient errors pass", Label("FBK-5"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.failNextSend(ctx, phone, serviceUnavailable)
			id := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.WhatsApp, 1)
			s.operatorView().see(ctx, id, arrived(), attempts(client.WhatsApp, client.WhatsApp))
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("when the report arrives before the answer to the send", Label("FBK-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.plant(ctx, client.Fault{Kind: client.LateAnswer, Number: phone, Delay: client.Duration(min(fallbackAfter, untilSMS(s.deployment)) / 2)})
			id := s.post(ctx, login6(phone))
			s.givenReport(ctx, s.givenMessage(ctx, phone, client.WhatsApp), "read")
			s.operatorView().see(ctx, id, state("read"), attempts(client.WhatsApp))
			s.operatorView().see(ctx, id, state("read"), // After the answer.
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
			message := s.givenMessage(ctx, phone, client.WhatsApp)
			for _, status := range []string{"sent", "delivered", "read"} {
				s.givenReport(ctx, message, status)
			}
			s.operatorView().see(ctx, id, state("read"), attempts(client.WhatsApp))
			s.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("a second time when WhatsApp delivers after all", Label("FBK-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.switchOff(ctx, phone)
			id := s.post(ctx, login6(phone))
			s.givenMessage(ctx, phone, client.SMS)
			s.setPhone(ctx, phone, client.OnWhatsApp)
			s.givenReport(ctx, s.givenMessage(ctx, phone, client.WhatsApp), "delivered")
			s.operatorView().see(ctx, id, attempts(client.WhatsApp, client.SMS), HaveField("Attempts", ContainElement(
				And(Or(state("delivered"), state("read")), HaveField("DeliveredAt", Not(BeZero()))))))
			s.expectOnly(ctx, phone, client.SMS, 1)
		})
	})

	Describe("a failure that Meta reports twice", func() {
		It("causes one SMS", Label("FBK-7"), limit, func(ctx SpecContext) {
			id, message := s.sendOnly(ctx)
			failed := reportOf(message, "failed")
			failed["errors"] = []any{map[string]any{"code": notOnWhatsApp, "title": "Message undeliverable"}}
			body := reportBody([]map[string]any{failed, failed}, nil)
			s.report(ctx, body)
			s.givenMessage(ctx, message.To, client.SMS)
			s.report(ctx, body)
			s.operatorView().see(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			s.expectOnly(ctx, message.To, client.SMS, 1)
		})
	})
}
