package specs

import (
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) singleUse() {
	Describe("a code", func() {
		It("logs in once", Label("USE-1"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			code := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code
			expectLogin(ctx, s.System, person, login, code)
			expectRefused(ctx, login, code, noStrategy)
		})

		It("makes at most one session of submits at the same time", Label("USE-2"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			code := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code

			results := make([]testkit.Result, 5)
			errs := make([]error, len(results))
			var all sync.WaitGroup
			for i := range results {
				all.Go(func() { results[i], errs[i] = login.Submit(ctx, code) })
			}
			all.Wait()
			Expect(errs).To(HaveEach(BeNil()))
			// Under concurrency Kratos' messages may belong to another request, so
			// only sessions count.
			sessions := 0
			for _, r := range results {
				if r.SessionToken != "" {
					sessions++
				}
			}
			Expect(sessions).To(Equal(1), "sessions of %d submits", len(results))
		})

		It("is refused after a resend, and the new one works", Label("USE-3"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			older := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code
			expectCodeSent(must(login.Resend(ctx, nil)))
			newer := arrived(ctx, s.System, person.Phone, client.WhatsApp, 2).Code
			expectRefused(ctx, login, older, wrongCode)
			expectLogin(ctx, s.System, person, login, newer)
		})

		It("does not open another flow or another person's", Label("USE-4"), limit, func(ctx SpecContext) {
			person, stranger := newPerson(ctx, s.System, nil), newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			code := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code
			otherFlow := askForCode(ctx, person, nil)
			arrived(ctx, s.System, person.Phone, client.WhatsApp, 2)
			strangers := askForCode(ctx, stranger, nil)
			arrived(ctx, s.System, stranger.Phone, client.WhatsApp, 1)

			expectRefused(ctx, otherFlow, code, wrongCode)
			expectRefused(ctx, strangers, code, wrongCode)
			expectLogin(ctx, s.System, person, login, code)
		})

		It("that is clearly newer ends the older one's SMS", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("fallback.after", (2 * fallbackAfter).String())
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			switchOff(ctx, d, phone)
			first := accepted(ctx, d.Courier, login6(phone))
			until(ctx, arrived(ctx, d, phone, client.WhatsApp, 1).At.Add(newer))
			second := accepted(ctx, d.Courier, payload(loginMessage, phone, code, nil))
			expectDelivery(ctx, d, first, state("superseded"), attempts(client.WhatsApp))
			Expect(arrived(ctx, d, phone, client.SMS, 1).Code).To(Equal(code))
			expectDelivery(ctx, d, second, ended(), attempts(client.WhatsApp, client.SMS))
			expectCount(ctx, d, phone, client.SMS, 1)
		})

		It("that is suppressed ends nothing", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := deployment(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("limits.per_number.max", 1)
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			switchOff(ctx, d, phone)
			accepted(ctx, d.Courier, payload(loginMessage, phone, code, nil))
			until(ctx, arrived(ctx, d, phone, client.WhatsApp, 1).At.Add(newer))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("suppressed"))
			Expect(arrived(ctx, d, phone, client.SMS, 1).Code).To(Equal(code))
		})
	})
}
