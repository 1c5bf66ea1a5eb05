package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) expiry() {
	DescribeTable("a courier whose times leave no room for SMS does not start:", Label("EXP-5"),
		func(ctx SpecContext, fault, setting, value string) {
			needs(viaSettings)
			c, err := testkit.StartCourier(ctx, testkit.CourierOptions{
				MockAPI: s.Mock.APIURL, Configure: func(c testkit.Config) { c.Set(setting, value) },
			})
			if err == nil {
				DeferCleanup(c.Close)
			}
			Expect(err).To(MatchError(And(ContainSubstring("exit status 1"), ContainSubstring(fault), ContainSubstring("kratos.code_lifespan"))))
		},
		Entry("the fallback comes after the code's life", limit, "fallback.overall", "fallback.overall", "5m"),
		Entry("the fallback leaves too little life for an SMS", limit, "fallback.overall", "fallback.min_rest", "4m"),
		Entry("the code expires before the fallback", limit, "fallback.after", "kratos.code_lifespan", "40s"),
	)

	Describe("a code", func() {
		It("that is submitted after its life is refused as expired", Label("EXP-2"), limit, func(ctx SpecContext) {
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

		It("whose remaining life is too short is not sent", Label("EXP-3"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, target.Settings{MinRest: "70s"})
			phone, longer := d.Numbers.Next(), d.Numbers.Next()
			body := payload("v26.2.0/login_code_valid", phone, randomCode(6), nil)
			short := withExpiry(body, 1)
			id := d.post(ctx, short)
			d.operatorView().see(ctx, id, state("expired"), HaveField("Attempts", BeEmpty()))
			d.post(ctx, login6(longer))
			d.givenMessage(ctx, longer, client.WhatsApp)
			d.expectOnly(ctx, phone, "", 0)
		})

		It("whose life ends before the fallback gets no SMS", Label("EXP-4"), limit, func(ctx SpecContext) {
			d := s.deployLastingWith(ctx, target.Settings{MinRest: "58s"})
			phone := d.Numbers.Next()
			d.switchOff(ctx, phone)
			id := d.post(ctx, withExpiry(payload("v26.2.0/login_code_valid", phone, randomCode(6), nil), 1))
			d.givenMessage(ctx, phone, client.WhatsApp)
			d.givenMessage(ctx, d.bystander(ctx), client.SMS)
			d.operatorView().see(ctx, id, state("expired"), attempts(client.WhatsApp))
			d.expectOnly(ctx, phone, client.SMS, 0)
		})
	})
}
