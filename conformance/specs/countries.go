package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) countries() {
	const british, brazilian, indian = "+447700900123", "+5585988887777", "+919876543210"

	Describe("a country", func() {
		It("that is refused gets nothing, and all others do", Label("RATE-7"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("limits.countries.refuse", []string{"GB"}) })
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := accepted(ctx, d.Courier, payload(loginMessage, british, randomCode(6), transient))
				expectDelivery(ctx, d, id, state("suppressed"), HaveField("Reason", Not(BeEmpty())))
			}
			accepted(ctx, d.Courier, login6(brazilian))
			arrived(ctx, d, brazilian, client.WhatsApp, 1)
			expectCount(ctx, d, british, "", 0)
		})

		It("may have channels of its own", Label("FBK-10"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("fallback.countries", map[string]any{"BR": "whatsapp_only", "GB": "sms_only"})
			})
			for _, phone := range []string{brazilian, indian} {
				Expect(d.Mock.FailNextSend(ctx, phone, notOnWhatsApp)).To(Succeed())
			}
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(brazilian)), state("failed"), attempts(client.WhatsApp))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(british)), ended(), attempts(client.SMS))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(indian)), ended(), attempts(client.WhatsApp, client.SMS))
			expectCount(ctx, d, brazilian, client.SMS, 0)
			expectCount(ctx, d, british, client.WhatsApp, 0)
		})
	})
}
