package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) budget() {
	const most = 3
	spends := func(ctx SpecContext, d deployment, people int) {
		GinkgoHelper()
		bodies := make([]string, people)
		for i := range bodies {
			bodies[i] = payload(loginMessage, d.Numbers.Next(), randomCode(6), bySMS())
		}
		for _, id := range d.postAtOnce(ctx, bodies) {
			d.expectDelivery(ctx, id, ended())
		}
	}

	Describe("the budget for SMS", func() {
		DescribeTable("cannot be slipped past by 20 at once, nor by a restart", Label("RATE-8"),
			func(ctx SpecContext, setting string, value any) {
				d := deploy(ctx, func(c testkit.Config) { c.Set(setting, value) })
				spends(ctx, d, 20)
				d.expectCount(ctx, "", client.SMS, most)
				d.crash(ctx)
				spends(ctx, d, 2)
				d.expectCount(ctx, "", client.SMS, most)
			},
			Entry("of an hour", limit, "sms.max_per_hour", most),
			Entry("of a day", limit, "sms.max_per_day", most),
			Entry("of a prefix", limit, "sms.prefixes",
				[]any{map[string]any{"prefix": "+1", "max": most, "window": "1h"}}),
		)

		It("also bounds the SMS that step in for WhatsApp", Label("RATE-8", "FBK-11"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			for n := range 3 {
				phone := d.Numbers.Next()
				d.failNextSend(ctx, phone, notOnWhatsApp)
				id := d.post(ctx, login6(phone))
				if n == 0 {
					d.expectMessage(ctx, phone, client.SMS, 1)
					continue
				}
				d.expectDelivery(ctx, id, state("failed"), reason(), attempts(client.WhatsApp))
			}
			d.expectCount(ctx, "", client.SMS, 1)
		})

		It("gets a place back when the provider took nothing", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			for range 3 {
				phone := d.Numbers.Next()
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})
				id := d.post(ctx, payload(loginMessage, phone, randomCode(6), bySMS()))
				d.expectDelivery(ctx, id, state("failed"), attempts(client.SMS))
			}
			spends(ctx, d, 3)
			d.expectCount(ctx, "", client.SMS, 1)
		})

		It("leaves people to WhatsApp that is too busy for the deadline", Label("RATE-8", "RATE-9"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			spends(ctx, d, 1)
			phone := d.Numbers.Next()
			// Its pause is longer than the time that WhatsApp has before SMS.
			d.failNextSend(ctx, phone, tooManyToOne)
			id := d.post(ctx, login6(phone))
			seen := d.expectDelivery(ctx, id, state("read"))
			Expect(seen.DeliveredAt()).To(BeTemporally(">", seen.AcceptedAt.Add(2*fallbackAfter)), "after SMS was due")
			d.expectCount(ctx, phone, client.SMS, 0)
		})
	})
}
