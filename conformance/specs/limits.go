package specs

import (
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// perNumber is how many codes a number gets in ten minutes, by default.
const perNumber = 3

func (s *suite) limits() {
	Describe("the limit of a number", func() {
		It("stops the 4th code, and nobody else's", Label("RATE-1", "RATE-2", "RATE-4"), limit, func(ctx SpecContext) {
			person, neighbour := newPerson(ctx, s.System, nil), newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			for n := 2; n <= perNumber; n++ {
				arrived(ctx, s.System, person.Phone, client.WhatsApp, n-1)
				expectCodeSent(must(login.Resend(ctx, nil)))
			}
			arrived(ctx, s.System, person.Phone, client.WhatsApp, perNumber)

			expectCodeSent(must(login.Resend(ctx, nil)))
			fourth := deliveryTo(ctx, s.System, person.Phone, perNumber+1)
			Expect(fourth).To(And(state("suppressed"), HaveField("Reason", "number_limit"), HaveField("Attempts", BeEmpty())))

			other := askForCode(ctx, neighbour, nil)
			code := arrived(ctx, s.System, neighbour.Phone, client.WhatsApp, 1).Code
			expectLogin(ctx, s.System, neighbour, other, code)
			expectCount(ctx, s.System, person.Phone, "", perNumber)
		})

		It("answers Kratos as if it had sent", Label("RATE-4", "RTY-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			for range perNumber {
				accepted(ctx, s.Courier, login6(phone))
			}
			id := accepted(ctx, s.Courier, login6(phone))
			expectDelivery(ctx, s.System, id, state("suppressed"), HaveField("Reason", "number_limit"))
		})

		It("slides: after the window codes are sent again", Label("RATE-3"), limit, func(ctx SpecContext) {
			const window = 2 * time.Second
			d := deployment(ctx, func(c testkit.Config) { c.Set("limits.per_number.window", window.String()) })
			phone := d.Numbers.Next()
			for range perNumber {
				accepted(ctx, d.Courier, login6(phone))
			}
			full := time.Now()
			suppressed := accepted(ctx, d.Courier, login6(phone))
			expectDelivery(ctx, d, suppressed, state("suppressed"))

			until(ctx, full.Add(window))
			accepted(ctx, d.Courier, login6(phone))
			arrived(ctx, d, phone, client.WhatsApp, perNumber+1)
			expectCount(ctx, d, phone, "", perNumber+1)
		})

		It("gives a place back for a code that reached nobody", Label("RATE-1"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("fallback.absent_for", "0s")
				c.Set("limits.prefixes", []map[string]any{{"prefix": "+1", "max": perNumber, "window": "1h"}})
			})
			phone := d.Numbers.Next()
			Expect(d.Mock.SetHandset(ctx, phone, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
			for range perNumber {
				Expect(d.Mock.Plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})).To(Succeed())
				expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("failed"), attempts(client.WhatsApp, client.SMS))
			}
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
			arrived(ctx, d, phone, client.SMS, 1)
			for range perNumber - 1 {
				accepted(ctx, d.Courier, login6(phone))
			}
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("suppressed"))
		})

		It("holds over a restart", Label("RATE-5"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone := d.Numbers.Next()
			for range perNumber {
				accepted(ctx, d.Courier, login6(phone))
			}
			arrived(ctx, d, phone, client.WhatsApp, perNumber)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			Expect(d.Courier.Restart(ctx)).To(Succeed())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("suppressed"))
			expectCount(ctx, d, phone, "", perNumber)
		})

		It("counts a repeat once", Label("RATE-6"), limit, func(ctx SpecContext) {
			phone, codes := s.Numbers.Next(), []string{}
			for range perNumber {
				codes = append(codes, randomCode(6))
			}
			for range perNumber {
				accepted(ctx, s.Courier, payload(loginMessage, phone, codes[0], nil))
			}
			for _, code := range codes[1:] {
				accepted(ctx, s.Courier, payload(loginMessage, phone, code, nil))
			}
			got := must(s.Mock.WaitForMessages(ctx, client.Filter{To: phone}, perNumber))
			Expect(got).To(HaveLen(perNumber))
			Expect(codes).To(HaveEach(WithTransform(func(code string) bool {
				return slices.ContainsFunc(got, func(m client.Message) bool { return m.Code == code })
			}, BeTrueBecause("each code arrives"))))
		})

		It("cannot be slipped past by 20 requests at once", Label("RATE-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			ids := make([]string, 20)
			var all sync.WaitGroup
			for i := range ids {
				body := login6(phone)
				all.Go(func() {
					defer GinkgoRecover()
					ids[i] = accepted(ctx, s.Courier, body)
				})
			}
			all.Wait()
			arrived(ctx, s.System, phone, client.WhatsApp, perNumber)
			// Suppressed messages may share one record, so ids are compared once.
			slices.Sort(ids)
			sent := 0
			for _, id := range slices.Compact(ids) {
				if d := must(s.Courier.Operator().Delivery(ctx, id)); d.State != "suppressed" {
					sent++
				}
			}
			Expect(sent).To(Equal(perNumber), "deliveries that were not suppressed")
			expectCount(ctx, s.System, phone, "", perNumber)
		})
	})

	Describe("the list of countries", func() {
		It("keeps messages of either channel to others back", Label("RATE-7"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("limits.countries.serve", []string{"GB"}) })
			abroad, served := d.Numbers.Next(), "+447700900123"
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := accepted(ctx, d.Courier, payload(loginMessage, abroad, randomCode(6), transient))
				expectDelivery(ctx, d, id, state("suppressed"), HaveField("Reason", Not(BeEmpty())))
			}
			accepted(ctx, d.Courier, login6(served))
			arrived(ctx, d, served, client.WhatsApp, 1)
			expectCount(ctx, d, abroad, "", 0)
		})
	})

	Describe("the SMS budget", func() {
		It("stops SMS, not WhatsApp", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			within, beyond := d.Numbers.Next(), d.Numbers.Next()
			accepted(ctx, d.Courier, payload(loginMessage, within, randomCode(6), bySMS()))
			arrived(ctx, d, within, client.SMS, 1)

			id := accepted(ctx, d.Courier, payload(loginMessage, beyond, randomCode(6), bySMS()))
			expectDelivery(ctx, d, id, state("failed"), HaveField("Reason", Not(BeEmpty())))
			expectCount(ctx, d, beyond, client.SMS, 0)
			accepted(ctx, d.Courier, login6(beyond))
			arrived(ctx, d, beyond, client.WhatsApp, 1)
		})

		It("counts numbers that start alike", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("sms.prefixes", []any{map[string]any{"prefix": "+1", "max": 1, "window": "1h"}})
			})
			within, beyond, elsewhere := d.Numbers.Next(), d.Numbers.Next(), "+447700900123"
			accepted(ctx, d.Courier, payload(loginMessage, within, randomCode(6), bySMS()))
			arrived(ctx, d, within, client.SMS, 1)
			id := accepted(ctx, d.Courier, payload(loginMessage, beyond, randomCode(6), bySMS()))
			expectDelivery(ctx, d, id, state("failed"), HaveField("Reason", Not(BeEmpty())))
			accepted(ctx, d.Courier, payload(loginMessage, elsewhere, randomCode(6), bySMS()))
			arrived(ctx, d, elsewhere, client.SMS, 1)
			expectCount(ctx, d, beyond, client.SMS, 0)
		})
	})
}

// bySMS is what a sign-in page sends along when the person asks for an SMS.
func bySMS() map[string]any { return map[string]any{"channel": "sms"} }
