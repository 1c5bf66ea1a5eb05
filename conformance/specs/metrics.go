package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) metrics() {
	Describe("the metrics", func() {
		It("count what was taken, tried and ended", Label("OPS-1", "OPS-2"), limit, func(ctx SpecContext) {
			d := deploy(ctx, nil)
			count := func(name string, labels ...string) float64 {
				GinkgoHelper()
				return d.metric(ctx, name, labels...)
			}
			onWhatsApp, bySMS := d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, bySMS, notOnWhatsApp)
			body := login6(onWhatsApp)
			d.post(ctx, body)
			d.expectDelivery(ctx, d.post(ctx, body), state("read"))
			d.expectDelivery(ctx, d.post(ctx, login6(bySMS)), ended())

			Expect(count("messages_received_total", `outcome="created"`)).To(Equal(2.0))
			Expect(count("messages_received_total", `outcome="repeated"`)).To(Equal(1.0))
			Eventually(func() float64 { return count("attempts_total", `channel="whatsapp"`) }).WithContext(ctx).Should(Equal(2.0))
			Expect(count("attempts_total", `channel="whatsapp"`, `code="131026"`)).To(Equal(1.0))
			Expect(count("attempts_total", `channel="sms"`)).To(Equal(1.0))
			Eventually(func() float64 { return count("deliveries_ended_total") }).WithContext(ctx).Should(Equal(2.0))
			Expect(count("time_to_phone_seconds_count", `channel="`+client.WhatsApp+`"`)).To(Equal(1.0))
		})
	})
}
