package specs

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) budget() {
	const most = 3
	spends := func(ctx SpecContext, d deployment, people int) {
		GinkgoHelper()
		bodies := make([]string, people)
		for i := range bodies {
			bodies[i] = login6With(d.Numbers.Next(), bySMS())
		}
		for _, id := range d.postAtOnce(ctx, bodies) {
			d.expectDelivery(ctx, id, ended())
		}
	}

	Describe("the SMS budget", func() {
		DescribeTable("holds for 20 messages at once and across a crash:", Label("RATE-8"),
			func(ctx SpecContext, setting string, value any) {
				d := s.deploy(ctx, func(c testkit.Config) { c.Set(setting, value) })
				spends(ctx, d, 20)
				d.expectCount(ctx, "", client.SMS, most)
				d.killAndRestart(ctx)
				spends(ctx, d, 2)
				d.expectCount(ctx, "", client.SMS, most)
			},
			Entry("per hour", limit, "sms.max_per_hour", most),
			Entry("per day", limit, "sms.max_per_day", most),
			Entry("per prefix", limit, "sms.prefixes",
				[]any{map[string]any{"prefix": "+1", "max": most, "window": "1h"}}),
		)

		It("holds for 20 people at once whose phones are off", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, target.Settings{SMSBudget: strconv.Itoa(most)})
			bodies := make([]string, 20)
			for i := range bodies {
				phone := d.Numbers.Next()
				d.switchOff(ctx, phone)
				bodies[i] = login6(phone)
			}
			d.postAtOnce(ctx, bodies)
			given("SMS step in", func() { d.expectMessages(ctx, "", client.SMS, most) })
			d.expectOnly(ctx, "", client.SMS, most)
		})

		It("limits fallback SMS too", Label("RATE-8", "FBK-11"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
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

		It("does not count an SMS that the provider refuses", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			for range 3 {
				phone := d.Numbers.Next()
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})
				id := d.post(ctx, login6With(phone, bySMS()))
				d.expectDelivery(ctx, id, state("failed"), attempts(client.SMS))
			}
			spends(ctx, d, 3)
			d.expectCount(ctx, "", client.SMS, 1)
		})

		It("leaves a message with WhatsApp past the fallback deadline when it is spent", Label("RATE-8", "RATE-9"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			spends(ctx, d, 1)
			phone := d.Numbers.Next()
			// Its pause is longer than the time that WhatsApp has before SMS.
			d.failNextSend(ctx, phone, tooManyToOne)
			id := d.post(ctx, login6(phone))
			seen := d.expectDelivery(ctx, id, state("read"))
			Expect(seen.DeliveredAt()).To(BeTemporally(">", seen.AcceptedAt.Add(2*fallbackAfter)), "after SMS was due")
			d.expectCount(ctx, phone, client.SMS, 0)
		})

		It("stops SMS, not WhatsApp", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, target.Settings{SMSBudget: "1"})
			within, beyond, onWhatsApp := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			d.failNextSend(ctx, within, notOnWhatsApp)
			d.post(ctx, login6(within))
			d.givenMessage(ctx, within, client.SMS)

			d.failNextSend(ctx, beyond, notOnWhatsApp)
			id := d.post(ctx, login6(beyond))
			d.operatorView().see(ctx, id, state("failed"), reason())
			d.post(ctx, login6(onWhatsApp))
			d.expectMessage(ctx, onWhatsApp, client.WhatsApp, 1)
			d.expectOnly(ctx, beyond, client.SMS, 0)
		})

		It("can be set for a prefix", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("sms.prefixes", []any{map[string]any{"prefix": "+1", "max": 1, "window": "1h"}})
			})
			within, beyond, elsewhere := d.Numbers.Next(), d.Numbers.Next(), british
			d.post(ctx, login6With(within, bySMS()))
			d.expectMessage(ctx, within, client.SMS, 1)
			id := d.post(ctx, login6With(beyond, bySMS()))
			d.expectDelivery(ctx, id, state("failed"), reason())
			d.post(ctx, login6With(elsewhere, bySMS()))
			d.expectMessage(ctx, elsewhere, client.SMS, 1)
			d.expectCount(ctx, beyond, client.SMS, 0)
		})
	})

	Describe("a spent SMS budget", func() {
		It("is shown", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			d.expectDelivery(ctx, d.post(ctx, login6With(d.Numbers.Next(), bySMS())), wentBySMS())
			d.expectHealthy(ctx, smsBudgetPart)
			d.expectDelivery(ctx, d.post(ctx, login6With(d.Numbers.Next(), bySMS())), state("failed"))
			d.expectDegraded(ctx, smsBudgetPart)
		})
	})
}
