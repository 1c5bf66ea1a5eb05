package specs

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) attempts() {
	Describe("wrong codes", func() {
		It("below the limit do not lock out the right code", Label("RTY-1"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			for range maxWrongCodes - 1 {
				expectRefused(ctx, login, other(code), wrongCode)
			}
			s.expectLogin(ctx, person, login, code)
		})

		It("at the limit lock the flow, and no other flow", Label("RTY-2", "RTY-3"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			for range maxWrongCodes {
				expectRefused(ctx, login, other(code), wrongCode)
			}
			expectRefused(ctx, login, code, tooOften)

			again := askForCode(ctx, person, nil)
			code = s.expectMessage(ctx, person.Phone, client.WhatsApp, 2).Code
			s.expectLogin(ctx, person, again, code)
		})
	})
}
