package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) expiry() {
	DescribeTable("a courier whose times leave no room for SMS does not start", Label("EXP-5"),
		func(ctx SpecContext, fault, setting, value string) {
			c, err := testkit.StartCourier(ctx, testkit.CourierOptions{
				MockAPI: s.Mock.APIURL, Configure: func(c testkit.Config) { c.Set(setting, value) },
			})
			if err == nil {
				DeferCleanup(c.Close)
			}
			Expect(err).To(MatchError(And(ContainSubstring("exit status 1"), ContainSubstring(fault), ContainSubstring("kratos.code_lifespan"))))
		},
		Entry("the fallback comes after the code's life", limit, "fallback.overall", "fallback.overall", "5m"),
		Entry("so little of it is left that no SMS is sent", limit, "fallback.overall", "fallback.min_rest", "4m"),
		Entry("the codes live too short", limit, "fallback.after", "kratos.code_lifespan", "40s"),
	)

	Describe("a code's life", func() {
		It("ends at Kratos: a late code is refused as expired", Label("EXP-2"), limit, func(ctx SpecContext) {
			const life = 2 * time.Second
			kratos := s.startKratos(ctx, testkit.KratosOptions{CodeLifespan: life, Configure: eager})
			person := must(kratos.NewPerson(ctx, s.Numbers.Next(), nil))
			login := askForCode(ctx, person, nil)
			asked := time.Now()
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code

			waitUntil(ctx, asked.Add(life))
			Expect(must(login.Submit(ctx, code))).To(And(
				HaveField("HTTPStatus", 410),
				HaveField("ErrorID", flowExpired),
				HaveField("SessionToken", BeEmpty()),
			))
		})

		It("too short to be of use: nothing is sent", Label("EXP-3"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("fallback.min_rest", "70s") })
			phone := d.Numbers.Next()
			body := payload("v26.2.0/login_code_valid", phone, randomCode(6), nil)
			short := withExpiry(body, 1)
			id := d.post(ctx, short)
			d.expectDelivery(ctx, id, state("expired"), HaveField("Attempts", BeEmpty()))
			d.expectCount(ctx, phone, "", 0)
		})

		It("over before the fallback: no SMS", Label("EXP-4"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("fallback.min_rest", "58s") })
			phone := d.Numbers.Next()
			d.switchOff(ctx, phone)
			id := d.post(ctx, withExpiry(payload("v26.2.0/login_code_valid", phone, randomCode(6), nil), 1))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
			d.expectDelivery(ctx, id, state("expired"), attempts(client.WhatsApp))
			d.expectCount(ctx, phone, client.SMS, 0)
		})
	})
}
