package specs

import (
	"slices"
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
			person, neighbour := s.newPerson(ctx, nil), s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			for n := 2; n <= perNumber; n++ {
				s.expectMessage(ctx, person.Phone, client.WhatsApp, n-1)
				expectCodeSent(must(login.Resend(ctx, nil)))
			}
			s.expectMessage(ctx, person.Phone, client.WhatsApp, perNumber)

			expectCodeSent(must(login.Resend(ctx, nil)))
			fourth := s.expectDeliveryTo(ctx, person.Phone, perNumber+1)
			Expect(fourth).To(And(state("suppressed"), HaveField("Reason", "number_limit"), HaveField("Attempts", BeEmpty())))

			other := askForCode(ctx, neighbour, nil)
			code := s.expectMessage(ctx, neighbour.Phone, client.WhatsApp, 1).Code
			s.expectLogin(ctx, neighbour, other, code)
			s.expectCount(ctx, person.Phone, "", perNumber)
		})

		It("answers Kratos as if it had sent", Label("RATE-4", "RTY-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			for range perNumber {
				s.post(ctx, login6(phone))
			}
			id := s.post(ctx, login6(phone))
			s.expectDelivery(ctx, id, state("suppressed"), HaveField("Reason", "number_limit"))
		})

		It("slides: after the window codes are sent again", Label("RATE-3"), limit, func(ctx SpecContext) {
			const window = 2 * time.Second
			d := deploy(ctx, func(c testkit.Config) { c.Set("limits.per_number.window", window.String()) })
			phone := d.Numbers.Next()
			for range perNumber {
				d.post(ctx, login6(phone))
			}
			full := time.Now()
			suppressed := d.post(ctx, login6(phone))
			d.expectDelivery(ctx, suppressed, state("suppressed"))

			waitUntil(ctx, full.Add(window))
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, perNumber+1)
			d.expectCount(ctx, phone, "", perNumber+1)
		})

		It("gives a place back for a code that reached nobody", Label("RATE-1"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.absent_for", "0s")
				c.Set("limits.prefixes", []map[string]any{{"prefix": "+1", "max": perNumber, "window": "1h"}})
			})
			phone := d.Numbers.Next()
			d.setPhone(ctx, phone, client.NotOnWhatsApp)
			for range perNumber {
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("failed"), attempts(client.WhatsApp, client.SMS))
			}
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
			d.expectMessage(ctx, phone, client.SMS, 1)
			for range perNumber - 1 {
				d.post(ctx, login6(phone))
			}
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
		})

		It("holds over a restart", Label("RATE-5"), limit, func(ctx SpecContext) {
			d := deploy(ctx, nil)
			phone := d.Numbers.Next()
			for range perNumber {
				d.post(ctx, login6(phone))
			}
			d.expectMessage(ctx, phone, client.WhatsApp, perNumber)
			d.restart(ctx)
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			d.expectCount(ctx, phone, "", perNumber)
		})

		It("counts a repeat once", Label("RATE-6"), limit, func(ctx SpecContext) {
			phone, codes := s.Numbers.Next(), []string{}
			for range perNumber {
				codes = append(codes, randomCode(6))
			}
			for range perNumber {
				s.post(ctx, payload(loginMessage, phone, codes[0], nil))
			}
			for _, code := range codes[1:] {
				s.post(ctx, payload(loginMessage, phone, code, nil))
			}
			got := must(s.Mock.WaitForMessages(ctx, client.Filter{To: phone}, perNumber))
			Expect(got).To(HaveLen(perNumber))
			Expect(codes).To(HaveEach(WithTransform(func(code string) bool {
				return slices.ContainsFunc(got, func(m client.Message) bool { return m.Code == code })
			}, BeTrueBecause("each code arrives"))))
		})

		It("cannot be slipped past by 20 requests at once", Label("RATE-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			bodies := make([]string, 20)
			for i := range bodies {
				bodies[i] = login6(phone)
			}
			ids := s.postAtOnce(ctx, bodies)
			s.expectMessage(ctx, phone, client.WhatsApp, perNumber)
			// Suppressed messages may share one record, so ids are compared once.
			slices.Sort(ids)
			sent := 0
			for _, id := range slices.Compact(ids) {
				if d := must(s.Courier.Operator().Delivery(ctx, id)); d.State != "suppressed" {
					sent++
				}
			}
			Expect(sent).To(Equal(perNumber), "deliveries that were not suppressed")
			s.expectCount(ctx, phone, "", perNumber)
		})
	})

	Describe("the list of countries", func() {
		It("keeps messages of either channel to others back", Label("RATE-7"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("limits.countries.serve", []string{"GB"}) })
			abroad, served := d.Numbers.Next(), "+447700900123"
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, payload(loginMessage, abroad, randomCode(6), transient))
				d.expectDelivery(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(served))
			d.expectMessage(ctx, served, client.WhatsApp, 1)
			d.expectCount(ctx, abroad, "", 0)
		})
	})

	Describe("the SMS budget", func() {
		It("stops SMS, not WhatsApp", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) { c.Set("sms.max_per_hour", 1) })
			within, beyond := d.Numbers.Next(), d.Numbers.Next()
			d.post(ctx, payload(loginMessage, within, randomCode(6), bySMS()))
			d.expectMessage(ctx, within, client.SMS, 1)

			id := d.post(ctx, payload(loginMessage, beyond, randomCode(6), bySMS()))
			d.expectDelivery(ctx, id, state("failed"), reason())
			d.expectCount(ctx, beyond, client.SMS, 0)
			d.post(ctx, login6(beyond))
			d.expectMessage(ctx, beyond, client.WhatsApp, 1)
		})

		It("counts numbers that start alike", Label("RATE-8"), limit, func(ctx SpecContext) {
			d := deploy(ctx, func(c testkit.Config) {
				c.Set("sms.prefixes", []any{map[string]any{"prefix": "+1", "max": 1, "window": "1h"}})
			})
			within, beyond, elsewhere := d.Numbers.Next(), d.Numbers.Next(), "+447700900123"
			d.post(ctx, payload(loginMessage, within, randomCode(6), bySMS()))
			d.expectMessage(ctx, within, client.SMS, 1)
			id := d.post(ctx, payload(loginMessage, beyond, randomCode(6), bySMS()))
			d.expectDelivery(ctx, id, state("failed"), reason())
			d.post(ctx, payload(loginMessage, elsewhere, randomCode(6), bySMS()))
			d.expectMessage(ctx, elsewhere, client.SMS, 1)
			d.expectCount(ctx, beyond, client.SMS, 0)
		})
	})
}
