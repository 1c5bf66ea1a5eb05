package specs

import (
	"sync"

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

		It("makes at most one session when submitted several times at once", Label("USE-2"), limit, func(ctx SpecContext) {
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

		It("is refused after a resend, while the new one logs in", Label("USE-3"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			older := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			expectCodeSent(must(login.Resend(ctx, nil)))
			newer := s.expectMessage(ctx, person.Phone, client.WhatsApp, 2).Code
			expectRefused(ctx, login, older, wrongCode)
			s.expectLogin(ctx, person, login, newer)
		})

		It("does not open another flow or another person's account", Label("USE-4"), limit, func(ctx SpecContext) {
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
	})
}
