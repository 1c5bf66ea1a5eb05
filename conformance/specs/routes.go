package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) routes() {
	// first and second are the names of the routes.
	const first, second = "first", "second"

	Describe("a second WhatsApp number", func() {
		twoNumbers := func(c testkit.Config) {
			c.Set("whatsapp.phone_number_id", "")
			c.Set("whatsapp.numbers", []any{
				map[string]any{"phone_number_id": testkit.MockPhoneNumberID, "name": first},
				map[string]any{"phone_number_id": testkit.MockSecondNumberID, "name": second},
			})
		}
		// fromFirst makes the mock answer the first number only in this way.
		fromFirst := func(ctx SpecContext, d deployment, code int) {
			GinkgoHelper()
			must(d.Mock.SetChaos(ctx, client.Chaos{Seed: 1, Faults: []client.Fault{
				{Kind: client.SendError, Code: code, From: testkit.MockPhoneNumberID, Rate: 1},
			}}))
		}
		It("takes over from one that is banned until that is well again", Label("FBK-19"), limit, func(ctx SpecContext) {
			const banned = 131031
			needs(viaOne)
			d := s.deploy(ctx, also(probing(probe), twoNumbers))
			fromFirst(ctx, d, banned)
			phone := d.Numbers.Next()
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("read"), by(first, second))
			Expect(d.expectMessage(ctx, phone, client.WhatsApp, 1).From).To(Equal(testkit.MockSecondNumberID))
			d.expectDegraded(ctx, accountPart+":"+first)
			d.expectHealthy(ctx, accountPart+":"+second)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), by(second))

			must(d.Mock.SetChaos(ctx, client.Chaos{Seed: 1}))
			waitUntil(ctx, time.Now().Add(probe))
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), by(first))
			d.expectHealthy(ctx, accountPart+":"+first)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"), by(first))
		})

		It("takes what the first one's throughput does not allow", Label("FBK-19"), limit, func(ctx SpecContext) {
			const throttled = 130429
			d := s.deploy(ctx, twoNumbers)
			fromFirst(ctx, d, throttled)
			for range 4 {
				seen := d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), state("read"))
				Expect(seen.Attempts[len(seen.Attempts)-1].Provider).To(Equal(second))
			}
		})

		It("is not tried for a person who is not on WhatsApp", Label("FBK-19"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, twoNumbers)
			fromFirst(ctx, d, notOnWhatsApp)
			d.expectDelivery(ctx, d.post(ctx, login6(d.Numbers.Next())), wentBySMS(), by(first, "twilio"))
		})
	})

	Describe("a second SMS provider", func() {
		// Both are the mock's; what it is to answer the first is planted.
		twoProviders := func(c testkit.Config) {
			c.Set("sms.provider", "none")
			c.Set("sms.retries", 0)
			c.Set("outage.unanswered", 3)
			c.Set("outage.of", 5)
			c.Set("sms.routes", []any{
				map[string]any{"provider": "twilio", "name": first},
				map[string]any{"provider": "twilio", "name": second},
			})
		}
		// ask asks for a code by SMS, for which the first provider answers with an error;
		// 0 is none.
		ask := func(ctx SpecContext, d deployment, code int) string {
			GinkgoHelper()
			phone := d.Numbers.Next()
			if code != 0 {
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: phone, Code: code})
			}
			return d.post(ctx, login6With(phone, bySMS()))
		}

		DescribeTable("takes over until the first is well again, when that", Label("FBK-18"),
			func(ctx SpecContext, code int) {
				needs(viaOne)
				d := s.deploy(ctx, also(probing(probe), twoProviders))
				for range 3 {
					d.expectDelivery(ctx, ask(ctx, d, code), wentBySMS(), HaveField("Attempts", ContainElement(HaveField("Provider", second))))
				}
				d.expectDegraded(ctx, smsPart+":"+first)
				d.expectHealthy(ctx, smsPart+":"+second)
				d.expectDelivery(ctx, ask(ctx, d, 0), wentBySMS(), by(second))

				waitUntil(ctx, time.Now().Add(probe))
				d.expectDelivery(ctx, ask(ctx, d, 0), wentBySMS(), by(first))
				d.expectHealthy(ctx, smsPart+":"+first)
				d.expectDelivery(ctx, ask(ctx, d, 0), wentBySMS(), by(first))
			},
			Entry("refuses our credentials", limit, 20003),
			Entry("has a passing problem, again and again", limit, 20500),
		)

		It("is not tried after a fault of the recipient", Label("FBK-18"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, twoProviders)
			d.expectDelivery(ctx, ask(ctx, d, hasUnsubscribed), state("failed"), by(first))
		})
	})
}
