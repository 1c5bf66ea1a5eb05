package specs

import (
	"encoding/base64"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) events() {
	// confirmed changes a person's number and confirms it with the code that came
	// by WhatsApp.
	confirmed := func(ctx SpecContext, k *testkit.Kratos, token string, phone string) {
		GinkgoHelper()
		flow := must(k.Session(token).ChangePhone(ctx, map[string]any{"phone": phone}))
		code := s.expectMessage(ctx, phone, client.WhatsApp, 1).Code
		Expect(must(flow.Confirm(ctx, code))).To(Equal("passed_challenge"))
	}

	Describe("a person who has logged in", func() {
		It("gets no SMS", Label("USE-6"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			s.switchOff(ctx, person.Phone) // The read receipt never comes.
			begun := time.Now()
			given("the code logs in", func() {
				login := askForCode(ctx, person, nil)
				s.expectLogin(ctx, person, login, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)
			})
			givenBeforeSMS(s.deployment, begun)
			s.operatorView().seeTo(ctx, person.Phone, 1, state("cancelled"), used())
			s.expectOnly(ctx, person.Phone, client.SMS, 0)
		})

		It("does not cancel other people's SMS", Label("USE-6"), limit, func(ctx SpecContext) {
			givenFallback(ctx, s.deployment)
			person, neighbour := s.newPerson(ctx, nil), s.newPerson(ctx, nil)
			s.switchOff(ctx, neighbour.Phone)
			var waiting *testkit.Login
			given("one of two people logs in", func() {
				waiting = askForCode(ctx, neighbour, nil)
				s.expectMessage(ctx, neighbour.Phone, client.WhatsApp, 1)
				login := askForCode(ctx, person, nil)
				s.expectLogin(ctx, person, login, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)
			})
			sms := s.expectMessage(ctx, neighbour.Phone, client.SMS, 1)
			s.expectLogin(ctx, neighbour, waiting, sms.Code)
		})
	})

	Describe("the web hooks of Kratos", func() {
		// unhurried leaves a person time to get in before SMS, also on a busy machine.
		unhurried := target.Settings{FallbackAfter: "10s", FallbackOverall: "10s"}

		It("announce a login and a verified number", Label("USE-6", "MSG-3"), limit, func(ctx SpecContext) {
			person, fresh := s.newPerson(ctx, nil), s.Numbers.Next()
			login := askForCode(ctx, person, nil)
			result := must(login.Submit(ctx, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code))
			Expect(result.SessionToken).NotTo(BeEmpty())
			s.expectDeliveryTo(ctx, person.Phone, 1, used())

			s.switchOff(ctx, fresh) // So that an SMS would be due.
			begun := time.Now()
			confirmed(ctx, s.Kratos, result.SessionToken, fresh)
			givenBeforeSMS(s.deployment, begun)
			seen := s.expectDeliveryTo(ctx, fresh, 1, used())
			Expect(seen).To(And(HaveField("TemplateType", "verification_code_valid"), state("cancelled"), attempts(client.WhatsApp)))
			s.expectOnly(ctx, fresh, client.SMS, 0)
		})

		It("announce a recovery", Label("USE-6"), limit, func(ctx SpecContext) {
			d := s.deploySystem(ctx, testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Settings: unhurried},
				Kratos: testkit.KratosOptions{Configure: also(eager, func(c testkit.Config) {
					c.Set("selfservice.flows.recovery.enabled", true)
				})},
			})
			person := d.newPerson(ctx, nil)
			d.switchOff(ctx, person.Phone) // So that an SMS would be due.
			id := d.post(ctx, edit(payload("v26.2.0/recovery_code_valid", person.Phone, randomCode(6), nil),
				func(_, data map[string]any) { data["identity"] = map[string]any{"id": person.ID} }))
			d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			Expect(person.RecoverByAdmin(ctx)).To(Succeed())
			seen := d.expectDelivery(ctx, id, used())
			Expect(seen).To(And(HaveField("TemplateType", "recovery_code_valid"), state("cancelled"), attempts(client.WhatsApp)))
		})

		It("announce a registration under any identity schema", Label("USE-6"), limit, func(ctx SpecContext) {
			d := s.deploySystem(ctx, testkit.SystemOptions{
				Mock: calm(), Courier: testkit.CourierOptions{Settings: unhurried},
				Kratos: testkit.KratosOptions{Configure: also(eager, emailAndMobile)},
			})
			phone := d.Numbers.Next()
			d.switchOff(ctx, phone)
			id := d.post(ctx, payload("v26.2.0/registration_code_valid", phone, randomCode(6), nil))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
			Expect(d.Kratos.Register(ctx, map[string]any{"email": "person@example.com", "mobile": phone}, "a-long-pass-phrase-of-37")).To(Succeed())
			Expect(d.expectDelivery(ctx, id, used())).To(And(state("cancelled"), attempts(client.WhatsApp)))
		})

		It("work, as messages do, when Kratos may call no private address but the courier's", Label("USE-6"), limit, func(ctx SpecContext) {
			d := s.deploySystem(ctx, testkit.SystemOptions{
				Mock:   calm(),
				Kratos: testkit.KratosOptions{Configure: eager, PrivateAddressesRefused: true},
			})
			person := d.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			d.expectLogin(ctx, person, login, d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)
			d.expectDeliveryTo(ctx, person.Phone, 1, used())
		})

		It("let the courier count used codes by country and channel", Label("USE-6"), limit, func(ctx SpecContext) {
			count := func(name string) float64 {
				GinkgoHelper()
				return s.metric(ctx, name, `channel="whatsapp"`, `calling_code="1"`)
			}
			usedCodes := func() float64 { return count("codes_used_total") }
			before, sent := usedCodes(), count("codes_sent_total")
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			s.expectLogin(ctx, person, login, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)
			Eventually(usedCodes).WithContext(ctx).Should(BeNumerically(">", before))
			// A person may be in before the answer to the send is noted.
			Eventually(count).WithContext(ctx).WithArguments("codes_sent_total").Should(BeNumerically(">", sent))
		})

		It("do not prevent a login when the courier is unreachable", Label("USE-6"), limit, func(ctx SpecContext) {
			through := s.throughTap(ctx)
			person := through.newPerson(ctx)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			through.givenMessage(ctx, person.Phone)
			through.leave()
			result := must(login.Submit(ctx, code))
			expectSession(result)
		})

		It("do not delay a login when the courier does not answer", Label("USE-6"), limit, func(ctx SpecContext) {
			through := s.throughTap(ctx)
			through.holdEvents()
			person, fresh := through.newPerson(ctx), s.Numbers.Next()
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			// Nothing is released before these answers are there, so they did not
			// wait for it.
			result := must(login.Submit(ctx, code))
			expectSession(result)
			through.expectEvent(ctx, person, 1, "the event of the login")
			confirmed(ctx, through.kratos, result.SessionToken, fresh)
			through.expectEvent(ctx, person, 2, "the event of the confirmed number")
		})
	})
}

// emailAndMobile is another schema than that of deploy/kratos: people log in by
// e-mail and password, and have a phone under another name.
func emailAndMobile(c testkit.Config) {
	const schema = `{"$id": "https://example.com/other.json", "type": "object", "properties": {"traits": {
		"type": "object", "properties": {
			"email": {"type": "string", "format": "email", "ory.sh/kratos": {"credentials": {"password": {"identifier": true}}}},
			"mobile": {"type": "string", "format": "tel", "ory.sh/kratos": {"verification": {"via": "sms"}}}
		}}}}`
	c.Set("identity.schemas", []any{map[string]any{"id": "phone", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(schema))}})
	c.Set("selfservice.methods.password.enabled", true)
	c.Set("selfservice.methods.password.config.haveibeenpwned_enabled", false) // It asks a server outside.
	after := c.Get("selfservice.flows.registration.after.code")
	c.Set("selfservice.flows.registration.after.password", after)
}
