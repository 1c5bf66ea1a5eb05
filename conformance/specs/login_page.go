package specs

import (
	"context"
	"fmt"
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

// sinceFirst is what a page is told, by how long after this message, and the first one of
// its number, each time is.
func sinceFirst(now, first testkit.Status) string {
	text := now.State
	add := func(name string, at, since *time.Time) {
		if at != nil && since != nil {
			text += fmt.Sprintf(", %s after %s", name, at.Sub(*since))
		}
	}
	add("SMS", now.SMSAt, now.ReceivedAt)
	add("ends", now.EndsAt, now.ReceivedAt)
	add("next", now.NextCodeAt, first.ReceivedAt)
	return text
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

		It("of a stranger sees the same, whether the owner wants no codes, did not ask for one, or neither", Label("SEC-8"), limit, func(ctx SpecContext) {
			needs(viaOperator)
			d := s.deployWithKratos(ctx, also(toldPages, func(c testkit.Config) {
				c.Set("security_events", map[string]any{"block_number": []string{"not_requested"}})
				c.Set("fallback.after", "1m") // No answer comes so late that it says the next thing.
				c.Set("fallback.overall", "2m")
			}))
			other, denied, blocked := d.newPerson(ctx, nil), d.newPerson(ctx, nil), d.newPerson(ctx, nil)
			people := []*testkit.Person{other, denied, blocked}
			var logins []*testkit.Login
			var first []testkit.Status
			var seen [][]string
			tells := func(token string, more map[string]any) map[string]any {
				secret(testkit.Token, token)
				return told(token, more)
			}
			for i, person := range people {
				token := testkit.PageToken()
				logins = append(logins, askForCode(ctx, person, tells(token, nil)))
				message := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
				if person == blocked {
					d.expectDeliveryTo(ctx, person.Phone, 1, arrived())
					Expect(d.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
					d.expectDeliveryTo(ctx, person.Phone, 1, HaveField("Alert", "not_requested"))
				}
				first = append(first, pageSees(ctx, d, token))
				seen = append(seen, []string{sinceFirst(first[i], first[i])})
			}
			Expect(d.Courier.Operator().Deny(ctx, denied.Phone)).To(Succeed())

			for _, more := range []map[string]any{nil, bySMS(), nil, bySMS()} {
				for i, login := range logins {
					token := testkit.PageToken()
					expectCodeSent(must(login.Resend(ctx, tells(token, more))))
					Eventually(func() testkit.Status { return pageSees(ctx, d, token) }).WithContext(ctx).ShouldNot(says("sending"))
					seen[i] = append(seen[i], sinceFirst(pageSees(ctx, d, token), first[i]))
				}
			}
			Expect(seen[0]).To(HaveExactElements(
				"check_whatsapp, SMS after 1m0s, ends after 5m0s", "check_whatsapp, SMS after 1m0s, ends after 5m0s",
				"check_sms, ends after 5m0s, next after 10m1s", "limited, next after 10m1s", "limited, next after 10m1s",
			))
			Expect(seen[1:]).To(HaveEach(seen[0]))
			d.expectMessage(ctx, other.Phone, client.SMS, 1)
			for _, person := range []*testkit.Person{denied, blocked} {
				d.expectCount(ctx, person.Phone, "", 1)
			}
		})

		It("that has made a token up is answered as if a message were on its way", Label("SEC-8"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, toldPages)
			Expect(pageSees(ctx, d, testkit.PageToken()).Text).To(MatchJSON(`{"state":"sending"}`))
		})
	})
}
