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

		It("gets WhatsApp when the person asks for it", Label("FBK-14"), limit, func(ctx SpecContext) {
			phone := absent(ctx, s.System)
			onWhatsApp(ctx, s.System, phone)
			byWhatsApp := map[string]any{"channel": "whatsapp"}
			expectDelivery(ctx, s.System, accepted(ctx, s.Courier, payload(loginMessage, phone, randomCode(6), byWhatsApp)),
				state("read"), attempts(client.WhatsApp))
		})
	})
}
