package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) countries() {
	Describe("a country", func() {
		It("that is refused gets no message, while others do", Label("RATE-7"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, target.Settings{RefusedCountry: "GB", RefusedPrefix: "+44"})
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, login6With(british, transient))
				d.operatorView().see(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(brazilian))
			d.expectMessage(ctx, brazilian, client.WhatsApp, 1)
			d.expectOnly(ctx, british, "", 0)
		})

		DescribeTable("or a kind of number can be refused on every channel:", Label("RATE-7"),
			func(ctx SpecContext, phone, setting string, value any) {
				d := s.deploy(ctx, func(c testkit.Config) { c.Set(setting, value) })
				for _, transient := range []map[string]any{nil, bySMS()} {
					id := d.post(ctx, login6With(phone, transient))
					d.expectDelivery(ctx, id, ended(), HaveField("Attempts", BeEmpty()), reason())
				}
				d.post(ctx, login6(brazilian))
				d.expectMessage(ctx, brazilian, client.WhatsApp, 1)
				d.expectCount(ctx, phone, "", 0)
			},
			Entry("a network without a country", limit, "+881612345678", "limits.countries.refuse", []string{"001"}),
			Entry("a prefix", limit, "+881612345678", "limits.prefixes", []map[string]any{{"prefix": "+881", "max": 0}}),
			Entry("premium-rate numbers", limit, "+449012345678", "limits.refuse_kinds", []string{"premium_rate"}),
		)

		It("that is not on the list of served countries gets no message on any channel", Label("RATE-7"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("limits.countries.serve", []string{"GB"}) })
			abroad, served := d.Numbers.Next(), british
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, login6With(abroad, transient))
				d.expectDelivery(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(served))
			d.expectMessage(ctx, served, client.WhatsApp, 1)
			d.expectCount(ctx, abroad, "", 0)
		})
	})
}
