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
	absent := func(ctx SpecContext, d *testkit.System) string {
		GinkgoHelper()
		phone := d.Numbers.Next()
		Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
		expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
		return phone
	}
	onWhatsApp := func(ctx SpecContext, d *testkit.System, phone string) {
		GinkgoHelper()
		Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.OnWhatsApp})).To(Succeed())
	}

	Describe("a number that was not on WhatsApp", func() {
		It("is remembered over a restart", Label("FBK-14"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone := absent(ctx, d)
			Expect(d.Courier.Kill()).To(Succeed())
			Expect(d.Courier.Restart(ctx)).To(Succeed())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.SMS))
		})

		It("is forgotten after a time", Label("FBK-14"), limit, func(ctx SpecContext) {
			const span = 2 * time.Second
			d := deployment(ctx, func(c testkit.Config) { c.Set("fallback.absent_for", span.String()) })
			phone := absent(ctx, d)
			learnt := time.Now()
			onWhatsApp(ctx, d, phone)
			until(ctx, learnt.Add(span))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("read"), attempts(client.WhatsApp))
		})

		DescribeTable("is forgotten once the person is there", Label("FBK-14"),
			func(ctx SpecContext, appear func(ctx SpecContext, d *testkit.System, phone string)) {
				d := deployment(ctx, func(c testkit.Config) { c.Set("limits.per_number.max", 4) })
				phone := absent(ctx, d)
				onWhatsApp(ctx, d, phone)
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.SMS))
				appear(ctx, d, phone)
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("read"), attempts(client.WhatsApp))
			},
			Entry("and gets a message", limit, func(ctx SpecContext, d *testkit.System, phone string) {
				body := payload(loginMessage, phone, randomCode(6), map[string]any{"channel": "whatsapp"})
				expectDelivery(ctx, d, accepted(ctx, d.Courier, body), state("read"))
			}),
			Entry("and writes one", limit, func(ctx SpecContext, d *testkit.System, phone string) {
				before := must(d.Courier.Metric(ctx, "whatsapp_courier_webhook_events_total", `kind="inbound"`))
				Expect(d.Mock.Raise(ctx, client.Event{Kind: client.InboundText, Number: phone})).To(Succeed())
				Eventually(func(ctx SpecContext) float64 {
					return must(d.Courier.Metric(ctx, "whatsapp_courier_webhook_events_total", `kind="inbound"`))
				}).WithContext(ctx).Should(BeNumerically(">", before))
			}),
		)

		It("gets WhatsApp when the person asks for it", Label("FBK-14"), limit, func(ctx SpecContext) {
			phone := absent(ctx, s.System)
			onWhatsApp(ctx, s.System, phone)
			byWhatsApp := map[string]any{"channel": "whatsapp"}
			expectDelivery(ctx, s.System, accepted(ctx, s.Courier, payload(loginMessage, phone, randomCode(6), byWhatsApp)),
				state("read"), attempts(client.WhatsApp))
		})
	})
}
