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
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			s.expectLogin(ctx, person, login, code)
			expectRefused(ctx, login, code, noStrategy)
		})

		It("makes at most one session of submits at the same time", Label("USE-2"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code

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
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			older := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			expectCodeSent(must(login.Resend(ctx, nil)))
			newer := s.expectMessage(ctx, person.Phone, client.WhatsApp, 2).Code
			expectRefused(ctx, login, older, wrongCode)
			s.expectLogin(ctx, person, login, newer)
		})

		It("does not open another flow or another person's", Label("USE-4"), limit, func(ctx SpecContext) {
			person, stranger := s.newPerson(ctx, nil), s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			otherFlow := askForCode(ctx, person, nil)
			s.expectMessage(ctx, person.Phone, client.WhatsApp, 2)
			strangers := askForCode(ctx, stranger, nil)
			s.expectMessage(ctx, stranger.Phone, client.WhatsApp, 1)

			expectRefused(ctx, otherFlow, code, wrongCode)
			expectRefused(ctx, strangers, code, wrongCode)
			s.expectLogin(ctx, person, login, code)
		})

		It("that is clearly newer ends the older one's SMS", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("fallback.after", (2 * fallbackAfter).String())
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			d.switchOff(ctx, phone)
			first := d.post(ctx, login6(phone))
			waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(newer))
			second := d.post(ctx, payload(loginMessage, phone, code, nil))
			d.expectDelivery(ctx, first, state("superseded"), attempts(client.WhatsApp))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
			d.expectDelivery(ctx, second, ended(), attempts(client.WhatsApp, client.SMS))
			d.expectCount(ctx, phone, client.SMS, 1)
		})

		It("that is suppressed ends nothing", Label("USE-5"), limit, func(ctx SpecContext) {
			const newer = time.Second
			d := deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.supersede_after", newer.String())
				c.Set("limits.per_number.max", 1)
			})
			phone, code := d.Numbers.Next(), randomCode(6)
			d.switchOff(ctx, phone)
			d.post(ctx, payload(loginMessage, phone, code, nil))
			waitUntil(ctx, d.expectMessage(ctx, phone, client.WhatsApp, 1).At.Add(newer))
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			Expect(d.expectMessage(ctx, phone, client.SMS, 1).Code).To(Equal(code))
		})
	})
}
