package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) events() {
	Describe("a person who is in", func() {
		It("gets no SMS any more", Label("USE-6"), limit, func(ctx SpecContext) {
			person := s.newPerson(ctx, nil)
			s.switchOff(ctx, person.Phone) // The read receipt never comes.
			login := askForCode(ctx, person, nil)
			message := s.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			s.expectLogin(ctx, person, login, message.Code)

			seen := s.expectDelivery(ctx, s.expectDeliveryTo(ctx, person.Phone, 1).ID, state("cancelled"))
			Expect(seen.UsedAt).NotTo(BeZero(), "the conversion is counted")
			waitUntil(ctx, message.At.Add(fallbackAfter+margin))
			s.expectCount(ctx, person.Phone, client.SMS, 0)
		})

		It("does not stop the SMS of others", Label("USE-6"), limit, func(ctx SpecContext) {
			person, neighbour := s.newPerson(ctx, nil), s.newPerson(ctx, nil)
			s.switchOff(ctx, neighbour.Phone)
			waiting := askForCode(ctx, neighbour, nil)
			s.expectMessage(ctx, neighbour.Phone, client.WhatsApp, 1)
			login := askForCode(ctx, person, nil)
			s.expectLogin(ctx, person, login, s.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code)
			sms := s.expectMessage(ctx, neighbour.Phone, client.SMS, 1)
			s.expectLogin(ctx, neighbour, waiting, sms.Code)
		})
	})

	Describe("a courier that is down", func() {
		It("does not keep a person out who has the code", Label("EXP-1"), limit, func(ctx SpecContext) {
			d := deployWithKratos(ctx, nil)
			person := d.newPerson(ctx, nil)
			login := askForCode(ctx, person, nil)
			message := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			d.expectLogin(ctx, person, login, message.Code)
		})
	})
}
