package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) templateFaults() {
	Describe("a template", func() {
		It("that exists in no language leads to SMS", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			phone, code := d.Numbers.Next(), randomCode(6)
			for range 10 {
				d.failNextSend(ctx, phone, noSuchTranslation)
			}
			d.post(ctx, payload(loginMessage, phone, code, nil))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
			d.expectCount(ctx, phone, client.WhatsApp, 0)
		})

		It("that is missing in one language is sent in another, without an SMS", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			phone, code := d.Numbers.Next(), randomCode(6)
			d.failNextSend(ctx, phone, noSuchTranslation)
			id := d.post(ctx, payload(loginMessage, phone, code, map[string]any{"locale": "de"}))
			message := d.expectMessage(ctx, phone, client.WhatsApp, 1)
			Expect(message.Code).To(Equal(code))
			Expect(message.Language).NotTo(Equal("de"))
			d.operatorView().see(ctx, id, state("read"))
			d.expectOnly(ctx, phone, client.SMS, 0)
		})

		It("that Meta pauses in one language is not used in it until Meta approves it again", Label("FBK-15"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, probing(longProbe))
			inGerman := func() client.Message {
				GinkgoHelper()
				phone := d.Numbers.Next()
				d.post(ctx, login6With(phone, map[string]any{"locale": "de"}))
				return d.expectMessage(ctx, phone, "", 1)
			}
			setTo := func(event string) {
				GinkgoHelper()
				d.report(ctx, templateStatus("de", event))
			}
			Expect(inGerman().Language).To(Equal("de"))
			setTo("PAUSED")
			d.expectDegraded(ctx, "de")
			Expect(inGerman()).To(And(HaveField("Channel", client.WhatsApp), HaveField("Language", Not(Equal("de")))))
			setTo("APPROVED")
			d.expectHealthy(ctx, "de")
			Expect(inGerman().Language).To(Equal("de"))
		})

		It("that Meta refuses in one language is not used in it for anyone", Label("FBK-15"), limit, func(ctx SpecContext) {
			needs(viaOne)
			d := s.deploy(ctx, probing(longProbe))
			first, second := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, first, noSuchTranslation)
			german := map[string]any{"locale": "de"}
			d.expectDelivery(ctx, d.post(ctx, login6With(first, german)),
				state("read"), attempts(client.WhatsApp, client.WhatsApp))
			d.expectDegraded(ctx, "de")
			d.expectDelivery(ctx, d.post(ctx, login6With(second, german)),
				state("read"), attempts(client.WhatsApp))
			Expect(d.expectMessage(ctx, second, client.WhatsApp, 1).Language).NotTo(Equal("de"))
			d.expectReady(ctx)
		})
	})
}

// templateStatus is Meta's webhook about the template in one language, by the
// reference of message_template_status_update.
func templateStatus(language, event string) string {
	GinkgoHelper()
	return webhookBody("message_template_status_update", map[string]any{
		"event": event, "message_template_id": 1689556908129832,
		"message_template_name": testkit.MockTemplate, "message_template_language": language,
		"reason": "NONE", "message_template_category": "AUTHENTICATION",
	})
}
