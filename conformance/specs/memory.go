package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) memory() {
	// absent is a number that the courier has learnt is not on WhatsApp.
	absent := func(ctx SpecContext, d deployment) string {
		GinkgoHelper()
		phone := d.Numbers.Next()
		d.setPhone(ctx, phone, client.NotOnWhatsApp)
		d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
		return phone
	}
	Describe("a number that was not on WhatsApp", func() {
		It("is remembered across a crash", Label("FBK-14"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			phone := absent(ctx, d)
			d.killAndRestart(ctx)
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.SMS))
		})

		It("is forgotten after the configured time", Label("FBK-14"), limit, func(ctx SpecContext) {
			const span = 2 * time.Second
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("fallback.absent_for", span.String()) })
			phone := absent(ctx, d)
			learnt := time.Now()
			d.setPhone(ctx, phone, client.OnWhatsApp)
			waitUntil(ctx, learnt.Add(span))
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("read"), attempts(client.WhatsApp))
		})

		DescribeTable("is forgotten once the person is on WhatsApp", Label("FBK-14"),
			func(ctx SpecContext, appear func(ctx SpecContext, d deployment, phone string)) {
				d := s.deploy(ctx, func(c testkit.Config) { c.Set("limits.per_number.max", 4) })
				phone := absent(ctx, d)
				d.setPhone(ctx, phone, client.OnWhatsApp)
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.SMS))
				appear(ctx, d, phone)
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("read"), attempts(client.WhatsApp))
			},
			Entry("and gets a message", limit, func(ctx SpecContext, d deployment, phone string) {
				body := login6With(phone, map[string]any{"channel": "whatsapp"})
				d.expectDelivery(ctx, d.post(ctx, body), state("read"))
			}),
			Entry("and writes one", limit, func(ctx SpecContext, d deployment, phone string) {
				inbound := func() float64 { return d.metric(ctx, "webhook_events_total", `kind="inbound"`) }
				before := inbound()
				Expect(d.Mock.Raise(ctx, client.Event{Kind: client.InboundText, Number: phone})).To(Succeed())
				Eventually(inbound).WithContext(ctx).Should(BeNumerically(">", before))
			}),
		)

		It("gets a WhatsApp message when the person asks for one", Label("FBK-14"), limit, func(ctx SpecContext) {
			phone := absent(ctx, s.deployment)
			s.setPhone(ctx, phone, client.OnWhatsApp)
			byWhatsApp := map[string]any{"channel": "whatsapp"}
			s.expectDelivery(ctx, s.post(ctx, login6With(phone, byWhatsApp)),
				state("read"), attempts(client.WhatsApp))
		})

		It("gets the SMS at once the next time", Label("FBK-14"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.setPhone(ctx, phone, client.NotOnWhatsApp)
			first := s.post(ctx, login6(phone))
			s.givenMessage(ctx, phone, client.SMS)
			s.operatorView().see(ctx, first, ended(), attempts(client.WhatsApp, client.SMS))
			second := s.post(ctx, login6(phone))
			s.expectMessage(ctx, phone, client.SMS, 2)
			s.operatorView().see(ctx, second, ended(), attempts(client.SMS))
			s.expectOnly(ctx, phone, client.WhatsApp, 1)
		})
	})
}
