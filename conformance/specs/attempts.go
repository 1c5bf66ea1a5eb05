package specs

import (
	"context"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) attempts() {
	Describe("wrong codes", func() {
		It("below the limit do not lock out the right code", Label("RTY-1"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			first := askForCode(ctx, person, nil)
			tries := lockOut(ctx, first, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)

			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 2).Code
			for range tries - 1 {
				expectRefused(ctx, login, other(code), wrongCode)
			}
			s.expectLogin(ctx, person, login, code)
		})

		It("at the limit lock the flow, and no other flow", Label("RTY-2", "RTY-3"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			code := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
			lockOut(ctx, login, code)
			expectRefused(ctx, login, code, tooOften)

			again := askForCode(ctx, person, nil)
			code = s.expectMessage(ctx, person.Phone, client.WhatsApp, 2).Code
			s.expectLogin(ctx, person, again, code)
		})
	})
}

// mostTries bounds how many wrong codes are tried: Kratos v1.3.1 takes five in one flow,
// from v26.2.0 on it is a setting.
const mostTries = 12

// lockOut submits wrong codes until Kratos locks the flow, and returns how many it judged
// before.
func lockOut(ctx context.Context, login *testkit.Login, code string) (tries int) {
	GinkgoHelper()
	for tries = range mostTries + 1 {
		refused := must(login.Submit(ctx, other(code)))
		Expect(refused.SessionToken).To(BeEmpty(), "a wrong code opens nothing")
		if slices.Contains(refused.MessageIDs, int64(tooOften)) {
			Expect(tries).To(BeNumerically(">", 1), "one wrong code locks no one out")
			return tries
		}
		Expect(refused.MessageIDs).To(ContainElement(int64(wrongCode)))
	}
	Fail(fmt.Sprintf("more than %d wrong codes are judged in one flow", mostTries))
	return 0
}
