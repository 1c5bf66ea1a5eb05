package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) login() {
	Describe("a login", func() {
		It("succeeds with the code from WhatsApp", Label("EXP-1"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectLogin(ctx, person, login, message.Code)
			s.expectCount(ctx, person.Phone, client.WhatsApp, 1)
			s.expectCount(ctx, person.Phone, client.SMS, 0)
		})

		It("succeeds with a code that has arrived while the courier is down", Label("EXP-1"), limit, func(ctx SpecContext) {
			d := s.deployWithKratos(ctx, nil)
			person := d.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			message := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			needs(viaProcess)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			d.expectLogin(ctx, person, login, message.Code)
		})
	})
}
