package specs

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// unaffected is how long a neighbour's code may take. Each time that Kratos tries
// a message that is refused, all others wait for three seconds.
const unaffected = 2500 * time.Millisecond

func (s *suite) limits() {
	// overLimit matches a delivery that the limit of its number has stopped.
	overLimit := func() types.GomegaMatcher {
		return And(state("suppressed"), HaveField("Reason", "number_limit"), HaveField("Attempts", BeEmpty()))
	}
	// givenLimit is that there is one: a fourth code has not come when those of
	// others have, who asked later, one after the other.
	givenLimit := func(ctx SpecContext, d deployment) {
		GinkgoHelper()
		phone := d.Numbers.Next()
		given("numbers have a limit", func() {
			for range perNumber + 1 {
				d.post(ctx, login6(phone))
			}
			d.expectMessage(ctx, phone, client.WhatsApp, perNumber)
			for range 3 {
				neighbour := d.Numbers.Next()
				d.post(ctx, login6(neighbour))
				d.expectMessage(ctx, neighbour, client.WhatsApp, 1)
			}
			d.expectCount(ctx, phone, "", perNumber)
		})
	}

	Describe("the limit of a number", func() {
		It("stops the 4th code", Label("RATE-1"), limit, func(ctx SpecContext) {
			var person *testkit.Person
			given("three codes arrive", func() {
				person = s.newPerson(ctx, nil)
				login := askForCode(ctx, person, nil)
				for n := 2; n <= perNumber; n++ {
					s.expectMessage(ctx, person.Phone, client.WhatsApp, n-1)
					expectCodeSent(must(login.Resend(ctx, nil)))
				}
				s.expectMessage(ctx, person.Phone, client.WhatsApp, perNumber)
				expectCodeSent(must(login.Resend(ctx, nil)))
			})
			s.operatorView().seeTo(ctx, person.Phone, perNumber+1, overLimit())
			s.expectOnly(ctx, person.Phone, "", perNumber)
		})

		It("stops no one else's", Label("RATE-2"), limit, func(ctx SpecContext) {
			var person, neighbour *testkit.Person
			var login *testkit.Login
			var asked time.Time
			given("one person has asked four times", func() {
				person, neighbour = s.newPerson(ctx, nil), s.newPerson(ctx, nil)
				first := askForCode(ctx, person, nil)
				for range perNumber {
					expectCodeSent(must(first.Resend(ctx, nil)))
				}
				asked = time.Now()
				login = askForCode(ctx, neighbour, nil)
			})
			message := s.expectMessage(ctx, neighbour.Phone, client.WhatsApp, 1)
			Expect(message.At).To(BeTemporally("<", asked.Add(unaffected)), "the neighbour did not wait for Kratos' next try")
			s.expectLogin(ctx, neighbour, login, message.Code)
		})

		It("answers Kratos as if the message had been sent", Label("RATE-4", "RTY-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			for range perNumber {
				s.post(ctx, login6(phone))
			}
			id := s.expectAccepted(ctx, login6(phone))
			s.operatorView().see(ctx, id, overLimit())
		})

		It("slides, so that codes are sent again after its window", Label("RATE-3"), limit, func(ctx SpecContext) {
			d := s.deployWith(ctx, target.Settings{LimitWindow: "2s"})
			phone := d.Numbers.Next()
			for range perNumber {
				d.post(ctx, login6(phone))
			}
			full := time.Now()
			d.operatorView().see(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			givenLimit(ctx, d)

			waitUntil(ctx, full.Add(limitWindow(d)))
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, perNumber+1)
			d.expectCount(ctx, phone, "", perNumber+1)
		})

		It("does not count a code that could not be delivered", Label("RATE-1"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, func(c testkit.Config) {
				c.Set("fallback.absent_for", "0s")
				c.Set("limits.prefixes", []map[string]any{{"prefix": "+1", "max": perNumber, "window": "1h"}})
			})
			phone := d.Numbers.Next()
			d.setPhone(ctx, phone, client.NotOnWhatsApp)
			for range perNumber {
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: phone})
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("failed"), attempts(client.WhatsApp, client.SMS))
			}
			for n := range perNumber {
				// One that is superseded before it was sent would not count.
				d.expectDelivery(ctx, d.post(ctx, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
				d.expectMessage(ctx, phone, client.SMS, n+1)
			}
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
		})

		It("holds across a restart", Label("RATE-5"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			phone := d.Numbers.Next()
			given("three codes arrive", func() {
				for range perNumber {
					d.post(ctx, login6(phone))
				}
				for _, m := range d.expectMessages(ctx, phone, client.WhatsApp, perNumber) {
					letReportsArrive(ctx, d.deployment, m)
				}
			})
			givenLimit(ctx, d.deployment)
			d.stopAndRestart(ctx)
			d.operatorView().see(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			d.expectOnly(ctx, phone, "", perNumber)
		})

		It("counts a repeated message once", Label("RATE-6"), limit, func(ctx SpecContext) {
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
			got := s.expectMessages(ctx, phone, "", perNumber)
			Expect(got).To(HaveLen(perNumber))
			Expect(codes).To(HaveEach(WithTransform(func(code string) bool {
				return slices.ContainsFunc(got, func(m client.Message) bool { return m.Code == code })
			}, BeTrueBecause("each code arrives"))))
		})

		It("holds for 20 requests at once", Label("RATE-6"), limit, func(ctx SpecContext) {
			givenLimit(ctx, s.deployment)
			phone := s.Numbers.Next()
			bodies := make([]string, 20)
			for i := range bodies {
				bodies[i] = login6(phone)
			}
			ids := s.postAtOnce(ctx, bodies)
			given("three codes arrive", func() { s.expectMessage(ctx, phone, client.WhatsApp, perNumber) })
			if !s.Courier.Foreign() {
				// Suppressed messages may share one record, so ids are compared once.
				slices.Sort(ids)
				sent := 0
				for _, id := range slices.Compact(ids) {
					if d := must(s.Courier.Operator().Delivery(ctx, id)); d.State != "suppressed" {
						sent++
					}
				}
				Expect(sent).To(Equal(perNumber), "deliveries that were not suppressed")
			}
			s.expectOnly(ctx, phone, "", perNumber)
		})
	})

	Describe("a denied number", func() {
		It("gets no message on any channel until operators allow it again", Label("RATE-4", "OPS-2"), limit, func(ctx SpecContext) {
			needs(viaOperator)
			d := s.deploy(ctx, nil)
			phone, neighbour, operator := d.Numbers.Next(), d.Numbers.Next(), d.Courier.Operator()
			Expect(operator.Deny(ctx, phone)).To(Succeed())
			for _, transient := range []map[string]any{nil, bySMS()} {
				id := d.post(ctx, login6With(phone, transient))
				d.expectDelivery(ctx, id, state("suppressed"), reason())
			}
			d.post(ctx, login6(neighbour))
			d.expectMessage(ctx, neighbour, client.WhatsApp, 1)

			d.killAndRestart(ctx)
			operator = d.Courier.Operator()
			d.expectDelivery(ctx, d.post(ctx, login6(phone)), state("suppressed"))
			d.expectCount(ctx, phone, "", 0)

			Expect(operator.Allow(ctx, phone)).To(Succeed())
			d.post(ctx, login6(phone))
			d.expectMessage(ctx, phone, client.WhatsApp, 1)
		})
	})
}
