package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// pageSees asks by its token what a login page is told.
func pageSees(ctx context.Context, d deployment, token string) testkit.Status {
	GinkgoHelper()
	needs(viaSettings)
	return must(d.Courier.Status(ctx, token))
}

// toldPages lets login pages ask.
func toldPages(c testkit.Config) { c.Set("status.enabled", true) }

// told are what a login page sends along to ask later; more may be nil.
func told(token string, more map[string]any) map[string]any {
	transient := map[string]any{"delivery_token": token}
	for name, value := range more {
		transient[name] = value
	}
	return transient
}

func (s *suite) loginPage() {
	says := func(state string) OmegaMatcher { return HaveField("State", state) }

	Describe("a login page", func() {
		It("is told where to look by the token that Kratos passes on, and of the limit before it costs the working code", Label("SEC-8"), limit, func(ctx SpecContext) {
			d := s.deployWithKratos(ctx, toldPages)
			person, token := d.newPerson(ctx, nil), testkit.PageToken()
			secret(testkit.Token, token)
			sees := func() testkit.Status { return pageSees(ctx, d, token) }
			Expect(sees().Text).To(MatchJSON(`{"state":"sending"}`), "before the message")

			login := askForCode(ctx, person, told(token, nil))
			Eventually(sees).WithContext(ctx).Should(says("check_whatsapp"))
			first := sees()
			Expect(first.NextCodeAt).To(BeNil(), "two more codes are possible")
			Expect(first.SMSAt.Sub(*first.ReceivedAt)).To(BeNumerically("~", fallbackAfter, time.Second), "when an SMS follows")
			Expect(first.EndsAt.Sub(*first.ReceivedAt)).To(BeNumerically("~", 5*time.Minute, time.Second), "the code's life")

			expectCodeSent(must(login.Resend(ctx, told(token, bySMS()))))
			Eventually(sees).WithContext(ctx).Should(says("check_sms"))
			d.expectMessage(ctx, person.Phone, client.SMS, 1) // The next code would take its place.
			expectCodeSent(must(login.Resend(ctx, told(token, bySMS()))))
			Eventually(sees).WithContext(ctx).Should(And(says("check_sms"), HaveField("NextCodeAt", Not(BeNil()))), "the third of three codes")
			next := *sees().NextCodeAt
			Expect(next).To(BeTemporally("~", first.ReceivedAt.Add(10*time.Minute), 2*time.Second), "ten minutes after the first")
			sms := d.expectMessage(ctx, person.Phone, client.SMS, 2)

			expectCodeSent(must(login.Resend(ctx, told(token, nil))))
			Eventually(sees).WithContext(ctx).Should(And(says("limited"), HaveField("NextCodeAt", HaveValue(BeTemporally("==", next)))))
			expectRefused(ctx, login, sms.Code, wrongCode)
		})

		It("of a stranger sees the same, whatever becomes of the message", Label("SEC-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, also(toldPages, func(c testkit.Config) {
				c.Set("fallback.after", "5s")
				c.Set("fallback.overall", "6s")
			}))
			const rejected = "Meta rejects the recipient"
			fates := map[string]func(phone string){
				"it is read":                        func(string) {},
				"the phone is off":                  func(phone string) { d.switchOff(ctx, phone) },
				rejected:                            func(phone string) { d.failNextSend(ctx, phone, notOnWhatsApp) },
				"it is reported as not on WhatsApp": func(phone string) { d.setPhone(ctx, phone, client.NotOnWhatsApp) },
				"Meta does not answer": func(phone string) {
					d.plant(ctx, client.Fault{Kind: client.LateAnswer, Number: phone, Delay: client.Duration(soon)})
				},
				"it is known not to be on WhatsApp": func(phone string) {
					d.setPhone(ctx, phone, client.NotOnWhatsApp)
					d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
				},
			}
			phones, tokens := map[string]string{}, map[string]string{}
			for fate, arrange := range fates {
				phones[fate], tokens[fate] = d.Numbers.Next(), testkit.PageToken()
				secret(testkit.Token, tokens[fate])
				arrange(phones[fate])
			}
			for fate, token := range tokens {
				d.post(ctx, login6With(phones[fate], told(token, nil)))
			}
			d.expectMessage(ctx, phones[rejected], client.SMS, 1)
			// What came to an end at once, and what waits, look alike until the instant that was
			// told beforehand, and alike after it.
			seen := map[string][]string{}
			var last time.Time
			for fate, token := range tokens {
				first := pageSees(ctx, d, token)
				Expect(first.SMSAt).NotTo(BeNil(), fate)
				if first.SMSAt.After(last) {
					last = *first.SMSAt
				}
				seen[fate] = append(seen[fate], first.State)
			}
			waitUntil(ctx, last.Add(time.Second))
			for fate, token := range tokens {
				now := pageSees(ctx, d, token)
				Expect(now.SMSAt).To(BeNil(), fate)
				Expect(now.NextCodeAt).To(BeNil(), fate)
				seen[fate] = append(seen[fate], now.State)
			}
			for fate := range fates {
				Expect(seen[fate]).To(Equal([]string{"check_whatsapp", "check_sms"}), fate)
			}
		})

		It("that has made a token up is answered as if a message were on its way", Label("SEC-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, toldPages)
			Expect(pageSees(ctx, d, testkit.PageToken()).Text).To(MatchJSON(`{"state":"sending"}`))
		})
	})
}
