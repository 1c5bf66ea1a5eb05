package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) superseding() {
	// clearly is by how much a message must be later to be clearly the newer one.
	const clearly = time.Second
	// patient has a fallback that comes long after a second message.
	patient := func(c testkit.Config) {
		c.Set("fallback.supersede_after", clearly.String())
		c.Set("fallback.after", (2 * fallbackAfter).String())
	}
	// twoMessages posts one body, waits until the next is clearly newer, posts
	// that, and returns both deliveries.
	twoMessages := func(ctx SpecContext, d deployment, phone, first, second string) (string, string) {
		GinkgoHelper()
		d.switchOff(ctx, phone)
		older := d.post(ctx, first)
		waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(clearly))
		return older, d.post(ctx, second)
	}

	Describe("an older code", func() {
		It("of the same login gets no SMS after a resend", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLastingWithKratos(ctx, patient)
			person := d.newPerson(ctx, nil)
			d.switchOff(ctx, person.Phone)
			login := askForCode(ctx, person, nil)
			waitUntil(ctx, d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).At.Add(clearly))
			expectCodeSent(must(login.Resend(ctx, nil)))
			newer := d.expectMessage(ctx, person.Phone, client.WhatsApp, 2)

			sms := d.expectMessage(ctx, person.Phone, client.SMS, 1)
			Expect(sms.Code).To(Equal(newer.Code))
			d.expectLogin(ctx, person, login, sms.Code)
			Expect(d.expectDeliveryTo(ctx, person.Phone, 2)).To(HaveField("State", Not(Equal("superseded"))))
			d.expectOnly(ctx, person.Phone, client.SMS, 1)
		})

		It("followed closely by a newer one gets no SMS, and the newer one does", Label("USE-5"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			phone, dead, fresh := d.Numbers.Next(), randomCode(6), randomCode(6)
			d.switchOff(ctx, phone)
			first := d.post(ctx, payload(loginMessage, phone, dead, nil))
			second := d.post(ctx, payload(loginMessage, phone, fresh, nil))
			d.expectDelivery(ctx, first, state("superseded"), attempts(client.WhatsApp))
			d.expectDelivery(ctx, second, ended(), attempts(client.WhatsApp, client.SMS))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(fresh))
			d.expectOnly(ctx, phone, client.SMS, 1)
			for i, code := range []string{dead, fresh} {
				Expect(d.expectMessage(ctx, phone, client.WhatsApp, i+1).Code).To(Equal(code), "in the order of acceptance")
			}
		})

		DescribeTable("keeps its SMS", Label("USE-5"),
			func(ctx SpecContext, first, second func(phone string) string) {
				d := deploy(ctx, patient)
				phone := d.Numbers.Next()
				older, newer := twoMessages(ctx, d, phone, first(phone), second(phone))
				for _, id := range []string{older, newer} {
					d.expectDelivery(ctx, id, ended(), attempts(client.WhatsApp, client.SMS))
				}
			},
			Entry("when the newer one belongs to another flow", limit, inFlow("one"), inFlow("two")),
			Entry("when the newer one is for another purpose", limit, login6, verification6),
		)

		It("of the same flow is superseded by a clearly newer one", Label("USE-5"), limit, func(ctx SpecContext) {
			d := deploy(ctx, patient)
			phone := d.Numbers.Next()
			older, newer := twoMessages(ctx, d, phone, inFlow("one")(phone), inFlow("one")(phone))
			d.expectDelivery(ctx, older, state("superseded"), attempts(client.WhatsApp))
			d.expectDelivery(ctx, newer, ended(), attempts(client.WhatsApp, client.SMS))
		})

		It("keeps its SMS when the newer one is for another person", Label("USE-5"), limit, func(ctx SpecContext) {
			d := deploy(ctx, patient)
			phone, neighbour := d.Numbers.Next(), d.Numbers.Next()
			d.switchOff(ctx, phone)
			id := d.post(ctx, login6(phone))
			waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(clearly))
			d.post(ctx, login6(neighbour))
			d.expectDelivery(ctx, id, ended(), attempts(client.WhatsApp, client.SMS))
		})

		It("gets no SMS once a clearly newer one is accepted", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := s.deployLasting(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("fallback.after", (2 * fallbackAfter).String())
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			d.switchOff(ctx, phone)
			first := d.post(ctx, login6(phone))
			waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(newer))
			second := d.post(ctx, payload(loginMessage, phone, code, nil))
			d.expectDelivery(ctx, first, state("superseded"), attempts(client.WhatsApp))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
			d.expectDelivery(ctx, second, ended(), attempts(client.WhatsApp, client.SMS))
			d.expectOnly(ctx, phone, client.SMS, 1)
		})

		It("keeps its SMS when the newer one is suppressed", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := deploy(ctx, func(c testkit.Config) {
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
