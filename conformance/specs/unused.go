package specs

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) unused() {
	const (
		life         = 5 * time.Second
		least        = 6
		farmed, fair = "+4477009001%02d", "+9198765432%02d"
	)

	Describe("a prefix of which no code is used", func() {
		DescribeTable("is noticed, unlike others,", Label("RATE-10", "SEC-1"),
			func(ctx SpecContext, action string, suppressed bool) {
				d := s.deploy(ctx, func(c testkit.Config) {
					c.Set("kratos.code_lifespan", life.String())
					c.Set("fallback.min_rest", "500ms")
					c.Set("limits.unused", map[string]any{"action": action, "percent": 80, "min_codes": least})
				})
				var numbers secrets
				for n := range least + 1 {
					numbers.addPhone(fmt.Sprintf(farmed, n))
					numbers.addPhone(fmt.Sprintf(fair, n))
				}
				for n := range least {
					d.post(ctx, login6(fmt.Sprintf(farmed, n)))
					phone := fmt.Sprintf(fair, n)
					id := d.post(ctx, login6(phone))
					d.expectMessage(ctx, phone, client.WhatsApp, 1)
					d.postLogin(ctx, phone)
					d.expectDelivery(ctx, id, used())
				}
				for n := range least {
					d.expectMessage(ctx, fmt.Sprintf(farmed, n), client.WhatsApp, 1)
				}
				noticed := func() float64 {
					return d.metric(ctx, "unusual_messages_total")
				}
				Expect(noticed()).To(BeZero(), "all codes are still alive")
				waitUntil(ctx, time.Now().Add(life))

				last := fmt.Sprintf(farmed, least)
				id := d.post(ctx, login6(last))
				if suppressed {
					d.expectDelivery(ctx, id, state("suppressed"), HaveField("Reason", "unused_codes"), HaveField("Attempts", BeEmpty()))
					d.expectCount(ctx, last, "", 0)
				} else {
					d.expectMessage(ctx, last, client.WhatsApp, 1)
				}
				Expect(noticed()).To(BeEquivalentTo(1))

				phone := fmt.Sprintf(fair, least)
				d.post(ctx, login6(phone))
				d.expectMessage(ctx, phone, client.WhatsApp, 1)
				Expect(noticed()).To(BeEquivalentTo(1))
				needs(viaInside)
				Expect(must(numbers.findStored(ctx, d.Courier))).To(BeEmpty(), "the log names the prefix, and no number")
			},
			Entry("and stopped", limit, "stop", true),
			Entry("and only reported", limit, "report", false),
		)
	})
}
