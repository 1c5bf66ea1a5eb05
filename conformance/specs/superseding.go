package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) superseding() {
	// twoMessages posts one body, waits until the next is clearly newer, posts
	// that, and returns both deliveries. A bystander shows that the
	// fallback works.
	twoMessages := func(ctx SpecContext, d deployment, phone, first, second string) (older, newer, bystander string) {
		GinkgoHelper()
		d.switchOff(ctx, phone)
		older = d.post(ctx, first)
		waitUntil(ctx, d.givenMessage(ctx, phone, client.WhatsApp).At.Add(untilNewer(d)))
		return older, d.post(ctx, second), d.bystander(ctx)
	}
	superseded := And(state("superseded"), attempts(client.WhatsApp))
	bySMSToo := And(ended(), attempts(client.WhatsApp, client.SMS))

	Describe("an older code", func() {
		It("of the same login gets no SMS after a resend", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLastingWithKratos(ctx, s.patient())
			var person *testkit.Person
			var login *testkit.Login
			var newer client.Message
			given("two codes go to WhatsApp, and none arrives", func() {
				person = d.newPerson(ctx, nil)
				d.switchOff(ctx, person.Phone)
				login = askForCode(ctx, person, nil)
				waitUntil(ctx, d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).At.Add(untilNewer(d.deployment)))
				expectCodeSent(must(login.Resend(ctx, nil)))
				newer = d.expectMessage(ctx, person.Phone, client.WhatsApp, 2)
			})
			d.givenMessage(ctx, d.bystander(ctx), client.SMS)

			sms := d.expectMessage(ctx, person.Phone, client.SMS, 1)
			Expect(sms.Code).To(Equal(newer.Code))
			d.expectLogin(ctx, person, login, sms.Code)
			d.operatorView().seeTo(ctx, person.Phone, 2, HaveField("State", Not(Equal("superseded"))))
			d.expectOnly(ctx, person.Phone, client.SMS, 1)
		})

		It("followed closely by a newer one gets no SMS, and the newer one does", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			phone, dead, fresh := d.Numbers.Next(), randomCode(6), randomCode(6)
			d.switchOff(ctx, phone)
			first := d.post(ctx, payload(loginMessage, phone, dead, nil))
			second := d.post(ctx, payload(loginMessage, phone, fresh, nil))
			d.givenMessage(ctx, d.bystander(ctx), client.SMS)
			d.operatorView().see(ctx, first, superseded)
			d.operatorView().see(ctx, second, bySMSToo)
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(fresh))
			d.expectOnly(ctx, phone, client.SMS, 1)
			for i, code := range []string{dead, fresh} {
				Expect(d.expectMessage(ctx, phone, client.WhatsApp, i+1).Code).To(Equal(code), "in the order of acceptance")
			}
		})

		DescribeTable("keeps its SMS", Label("USE-5"),
			func(ctx SpecContext, first, second func(phone string) string) {
				d := s.deployWith(ctx, s.patient())
				phone := d.Numbers.Next()
				older, newer, bystander := twoMessages(ctx, d, phone, first(phone), second(phone))
				d.givenMessage(ctx, bystander, client.SMS)
				d.expectMessages(ctx, phone, client.SMS, 2)
				for _, id := range []string{older, newer} {
					d.operatorView().see(ctx, id, bySMSToo)
				}
			},
			Entry("when the newer one belongs to another flow", limit, inFlow("one"), inFlow("two")),
			Entry("when the newer one is for another purpose", limit, login6, verification6),
		)

		It("of the same flow is superseded by a clearly newer one", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, s.patient())
			phone := d.Numbers.Next()
			older, newer, bystander := twoMessages(ctx, d.deployment, phone, inFlow("one")(phone), inFlow("one")(phone))
			d.givenMessage(ctx, bystander, client.SMS)
			d.expectMessage(ctx, phone, client.SMS, 1)
			d.operatorView().see(ctx, older, superseded)
			d.operatorView().see(ctx, newer, bySMSToo)
			d.expectOnly(ctx, phone, client.SMS, 1)
		})

		It("keeps its SMS when the newer one is for another person", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployWith(ctx, s.patient())
			phone, neighbour := d.Numbers.Next(), d.Numbers.Next()
			givenFallback(ctx, d)
			d.switchOff(ctx, phone)
			id := d.post(ctx, login6(phone))
			waitUntil(ctx, d.givenMessage(ctx, phone, client.WhatsApp).At.Add(untilNewer(d)))
			d.post(ctx, login6(neighbour))
			d.expectMessage(ctx, phone, client.SMS, 1)
			d.operatorView().see(ctx, id, bySMSToo)
		})

		It("gets no SMS once a clearly newer one is accepted", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, s.patient())
			phone, code := d.Numbers.Next(), randomCode(6)
			first, second, bystander := twoMessages(ctx, d.deployment, phone, login6(phone), payload(loginMessage, phone, code, nil))
			d.operatorView().see(ctx, first, superseded)
			d.givenMessage(ctx, bystander, client.SMS)
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
			d.operatorView().see(ctx, second, bySMSToo)
			d.expectOnly(ctx, phone, client.SMS, 1)
		})

		It("keeps its SMS when the newer one is suppressed", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("limits.per_number.max", 1)
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			d.switchOff(ctx, phone)
			d.post(ctx, payload(loginMessage, phone, code, nil))
			waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(newer))
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
		})
	})
}

// patient has a fallback that comes long after a second message, which is clearly newer.
func (s *suite) patient() target.Settings {
	newer := time.Second
	if t := s.options.Target; t != nil && t.Times.SupersedeAfter > 0 {
		newer = t.Times.SupersedeAfter
	}
	after := (newer + 3*time.Second).String()
	return target.Settings{SupersedeAfter: newer.String(), FallbackAfter: after, FallbackOverall: after}
}

// inFlow makes login messages of a flow that the sign-in page has named.
func inFlow(flow string) func(phone string) string {
	return func(phone string) string {
		GinkgoHelper()
		return login6With(phone, map[string]any{"flow": flow})
	}
}

// verification6 is a verification message with a fresh code of six digits.
func verification6(phone string) string {
	GinkgoHelper()
	return payload("v1.3.1/settings_phone_change_verification", phone, randomCode(6), nil)
}
