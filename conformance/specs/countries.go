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
			d := deploy(ctx, func(c testkit.Config) { c.Set("limits.countries.refuse", []string{"GB"}) })
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, payload(loginMessage, british, randomCode(6), transient))
				d.expectDelivery(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(brazilian))
			d.expectMessage(ctx, brazilian, client.WhatsApp, 1)
			d.expectCount(ctx, british, "", 0)
		})

		DescribeTable("or a kind of number may be refused altogether", Label("RATE-7"),
			func(ctx SpecContext, phone, setting string, value any) {
				d := deploy(ctx, func(c testkit.Config) { c.Set(setting, value) })
				for _, transient := range []map[string]any{nil, bySMS()} {
					id := d.post(ctx, payload(loginMessage, phone, randomCode(6), transient))
					d.expectDelivery(ctx, id, ended(), HaveField("Attempts", BeEmpty()), reason())
				}
				d.post(ctx, login6(brazilian))
				d.expectMessage(ctx, brazilian, client.WhatsApp, 1)
				d.expectCount(ctx, phone, "", 0)
			},
			Entry("networks without a country", limit, "+881612345678", "limits.countries.refuse", []string{"001"}),
			Entry("a prefix", limit, "+881612345678", "limits.prefixes", []map[string]any{{"prefix": "+881", "max": 0}}),
			Entry("premium rate", limit, "+449012345678", "limits.refuse_kinds", []string{"premium_rate"}),
		)

		It("may have channels of its own", Label("FBK-10"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) {
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
