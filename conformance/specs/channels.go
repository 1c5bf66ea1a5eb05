package specs

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) channels() {
	Describe("a person who asks for SMS", func() {
		It("gets the SMS at once, and no WhatsApp message", Label("FBK-9"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, bySMS())
			sms := s.expectMessage(ctx, person.Phone, client.SMS, 1)
			s.expectLogin(ctx, person, login, sms.Code)
			s.expectOnly(ctx, person.Phone, client.WhatsApp, 0)
		})

		It("can do so after a WhatsApp message, by the page's button 'by SMS instead'", Label("FBK-9"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			expectCodeSent(must(login.Resend(ctx, bySMS())))
			sms := s.expectMessage(ctx, person.Phone, client.SMS, 1)
			s.expectLogin(ctx, person, login, sms.Code)
		})
	})

	Describe("the WhatsApp-only mode", func() {
		It("never sends an SMS", Label("FBK-10"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, func(c testkit.Config) { c.Set("fallback.mode", "whatsapp_only") })
			phone := d.Numbers.Next()
			d.failNextSend(ctx, phone, notOnWhatsApp)
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("failed"))
			asked := login6With(phone, bySMS())
			d.expectDelivery(ctx, d.post(ctx, asked), attempts(client.WhatsApp))
			d.expectOnly(ctx, phone, client.SMS, 0)
		})
	})

	Describe("a country", func() {
		It("can have a fallback mode of its own", Label("FBK-10"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.countries", map[string]any{"BR": "whatsapp_only", "GB": "sms_only"})
			})
			for _, phone := range []string{brazilian, indian} {
				d.failNextSend(ctx, phone, notOnWhatsApp)
			}
			d.expectDelivery(ctx, d.post(ctx, login6(brazilian)), state("failed"), attempts(client.WhatsApp))
			d.expectDelivery(ctx, d.post(ctx, login6(british)), ended(), attempts(client.SMS))
			d.expectDelivery(ctx, d.post(ctx, login6(indian)), ended(), attempts(client.WhatsApp, client.SMS))
			d.expectCount(ctx, brazilian, client.SMS, 0)
			d.expectCount(ctx, british, client.WhatsApp, 0)
		})
	})
}
