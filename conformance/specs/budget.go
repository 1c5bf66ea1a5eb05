package specs

import (
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) budget() {
	const most = 3
	spends := func(ctx SpecContext, d *testkit.System, people int) {
		GinkgoHelper()
		bodies := make([]string, people)
		for i := range bodies {
			bodies[i] = payload(loginMessage, d.Numbers.Next(), randomCode(6), bySMS())
		}
		ids := make([]string, people)
		var all sync.WaitGroup
		for i, body := range bodies {
			all.Go(func() {
				defer GinkgoRecover()
				ids[i] = accepted(ctx, d.Courier, body)
			})
		}
		all.Wait()
		for _, id := range ids {
			expectDelivery(ctx, d, id, ended())
		}
	}

	Describe("the budget for SMS", func() {
		DescribeTable("cannot be slipped past by 20 at once, nor by a restart", Label("RATE-8"),
			func(ctx SpecContext, setting string, value any) {
				d := deployment(ctx, func(c testkit.Config) { c.Set(setting, value) })
				spends(ctx, d, 20)
				expectCount(ctx, d, "", client.SMS, most)
				Expect(d.Courier.Kill()).To(Succeed())
				Expect(d.Courier.Restart(ctx)).To(Succeed())
				spends(ctx, d, 2)
				expectCount(ctx, d, "", client.SMS, most)
			},
			Entry("of an hour", limit, "sms.max_per_hour", most),
			Entry("of a day", limit, "sms.max_per_day", most),
			Entry("of a prefix", limit, "sms.prefixes",
				[]any{map[string]any{"prefix": "+1", "max": most, "window": "1h"}}),
		)

		It("also bounds the SMS that step in for WhatsApp", Label("RATE-8", "FBK-11"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			for n := range 3 {
				phone := d.Numbers.Next()
				Expect(d.Mock.FailNextSend(ctx, phone, notOnWhatsApp)).To(Succeed())
				id := accepted(ctx, d.Courier, login6(phone))
				if n == 0 {
					arrived(ctx, d, phone, client.SMS, 1)
					continue
				}
				expectDelivery(ctx, d, id, state("failed"), HaveField("Reason", Not(BeEmpty())), attempts(client.WhatsApp))
			}
			expectCount(ctx, d, "", client.SMS, 1)
		})

		It("gets a place back when the provider took nothing", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			for range 3 {
				phone := d.Numbers.Next()
				Expect(d.Mock.Plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})).To(Succeed())
				id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), bySMS()))
				expectDelivery(ctx, d, id, state("failed"), attempts(client.SMS))
			}
			spends(ctx, d, 3)
			expectCount(ctx, d, "", client.SMS, 1)
		})

		It("leaves people to WhatsApp that is too busy for the deadline", Label("RATE-8", "RATE-9"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			spends(ctx, d, 1)
			phone := d.Numbers.Next()
			// Its pause is longer than the time that WhatsApp has before SMS.
			Expect(d.Mock.FailNextSend(ctx, phone, tooManyToOne)).To(Succeed())
			id := accepted(ctx, d.Courier, login6(phone))
			seen := expectDelivery(ctx, d, id, state("read"))
			Expect(seen.DeliveredAt()).To(BeTemporally(">", seen.AcceptedAt.Add(2*fallbackAfter)), "after SMS was due")
			expectCount(ctx, d, phone, client.SMS, 0)
		})
	})
}
