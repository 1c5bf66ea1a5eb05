package specs

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) events() {
	Describe("a person who is in", func() {
		It("gets no SMS any more", Label("USE-6"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			switchOff(ctx, s.System, person.Phone) // The read receipt never comes.
			login := askForCode(ctx, person, nil)
			message := arrived(ctx, s.System, person.Phone, client.WhatsApp, 1)
			expectLogin(ctx, s.System, person, login, message.Code)

			seen := expectDelivery(ctx, s.System, deliveryTo(ctx, s.System, person.Phone, 1).ID, state("cancelled"))
			Expect(seen.UsedAt).NotTo(BeZero(), "the conversion is counted")
			until(ctx, message.At.Add(fallbackAfter+margin))
			expectCount(ctx, s.System, person.Phone, client.SMS, 0)
		})

		It("does not stop the SMS of others", Label("USE-6"), limit, func(ctx SpecContext) {
			person, neighbour := newPerson(ctx, s.System, nil), newPerson(ctx, s.System, nil)
			switchOff(ctx, s.System, neighbour.Phone)
			waiting := askForCode(ctx, neighbour, nil)
			arrived(ctx, s.System, neighbour.Phone, client.WhatsApp, 1)
			login := askForCode(ctx, person, nil)
			expectLogin(ctx, s.System, person, login, arrived(ctx, s.System, person.Phone, client.WhatsApp, 1).Code)
			sms := arrived(ctx, s.System, neighbour.Phone, client.SMS, 1)
			expectLogin(ctx, s.System, neighbour, waiting, sms.Code)
		})
	})

	Describe("a courier that is down", func() {
		It("does not keep a person out who has the code", Label("EXP-1"), limit, func(ctx SpecContext) {
			d := system(ctx, withKratos())
			person := newPerson(ctx, d, nil)
			login := askForCode(ctx, person, nil)
			message := arrived(ctx, d, person.Phone, client.WhatsApp, 1)
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			expectLogin(ctx, d, person, login, message.Code)
		})
	})
}
