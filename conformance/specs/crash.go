package specs

import (
	"fmt"
	"os"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// crashRounds is how often the courier is killed under load. CRASH_ROUNDS sets
// another number, CRASH_SEED repeats the moments of a run, as far as the
// machine's scheduling allows.
const crashRounds = 4

func (s *suite) crash() {
	rounds := number("CRASH_ROUNDS", crashRounds)
	longest := SpecTimeout(time.Minute + time.Duration(rounds)*5*time.Second)

	Describe("a courier that is killed", func() {
		It("between acceptance and fallback still sends one SMS", Label("FBK-13"), limit, func(ctx SpecContext) {
			d := s.deployLastingWithKratos(ctx, target.Settings{})
			var person *testkit.Person
			var login *testkit.Login
			var message client.Message
			givenFallback(ctx, d.deployment)
			given("a code is on its way when the courier is killed", func() {
				person = d.newPerson(ctx, nil)
				d.switchOff(ctx, person.Phone)
				login = askForCode(ctx, person, nil)
				message = d.expectMessage(ctx, person.Phone, client.WhatsApp, 1)
				if d.Courier.TakesReports() {
					d.expectReport(ctx, message.ID, "sent")
				}
			})
			needs(viaProcess)
			Expect(d.Courier.Kill()).To(Succeed())
			d.expectCount(ctx, person.Phone, client.SMS, 0)
			Expect(d.Courier.Restart(ctx)).To(Succeed())

			sms := d.expectMessage(ctx, person.Phone, client.SMS, 1)
			Expect(sms.Code).To(Equal(message.Code))
			d.operatorView().seeTo(ctx, person.Phone, 1, wentBySMS())
			d.expectLogin(ctx, person, login, sms.Code)
			d.expectOnly(ctx, person.Phone, client.WhatsApp, 1)
			d.expectOnly(ctx, person.Phone, client.SMS, 1)
		})

		It("loses no message that it has accepted", Label("FBK-13"), limit, func(ctx SpecContext) {
			d := s.deployLasting(ctx, nil)
			givenFallback(ctx, d.deployment)
			// Killed right after the last answer: some are sent, some are being sent,
			// some are not. Each person gets the code, by one channel or the other.
			codes := map[string]string{}
			for range 20 {
				phone, code := d.Numbers.Next(), randomCode(6)
				d.post(ctx, payload(loginMessage, phone, code, nil))
				codes[phone] = code
			}
			d.killAndRestart(ctx)
			for phone, code := range codes {
				Expect(d.expectMessage(ctx, phone, "", 1).Code).To(Equal(code))
				d.operatorView().seeTo(ctx, phone, 1, ended())
			}
			for phone := range codes {
				messages := must(d.Mock.Messages(ctx, client.Filter{To: phone, Channel: client.WhatsApp}))
				Expect(len(messages)).To(BeNumerically("<=", 1), "no code is sent twice on one channel")
				d.expectOnly(ctx, phone, client.WhatsApp, len(messages))
			}
		})

		It("during a send does not repeat it on that channel", Label("FBK-13", "RTY-7"), limit, func(ctx SpecContext) {
			meta := newProvider(saysNothing)
			d := s.deployLasting(ctx, func(c testkit.Config) { c.Set("whatsapp.base_url", meta.url) })
			phone := d.Numbers.Next()
			id := d.post(ctx, login6(phone))
			Eventually(meta.requests).WithContext(ctx).Should(Equal(1))
			d.killAndRestart(ctx)

			d.expectMessage(ctx, phone, client.SMS, 1)
			d.expectDelivery(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			Expect(meta.requests()).To(Equal(1), "requests to Meta")
			d.expectOnly(ctx, phone, client.SMS, 1)
		})
	})

	Describe("a send without an answer", func() {
		It("is not repeated, and SMS follows", Label("RTY-7"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			s.switchOff(ctx, phone)
			s.plant(ctx, client.Fault{Kind: client.LostAnswer, Number: phone})
			id := s.post(ctx, login6(phone))
			if s.Courier.Claims("fallback") {
				s.givenMessage(ctx, phone, client.SMS)
			}
			s.operatorView().see(ctx, id, wentBySMS(), attempts(client.WhatsApp, client.SMS))
			Expect(tries(ctx, s.Mock, phone)).To(HaveLen(1), "requests to Meta")
			s.expectOnly(ctx, phone, client.WhatsApp, 1)
		})
	})

	Describe("a courier that is killed at random moments under load", func() {
		It("loses no message and repeats none", Label("FBK-13", "RTY-7"), longest, func(ctx SpecContext) {
			seed := number("CRASH_SEED", int(GinkgoRandomSeed()))
			r := s.startLoad(ctx, uint64(seed), nil)
			needs(viaProcess)
			for n := range rounds {
				r.round(ctx, func() {
					Expect(r.Courier.Kill()).To(Succeed())
					r.comeBack(ctx)
				})
				if done := n + 1; done%20 == 0 {
					GinkgoWriter.Printf("killed %d of %d times\n", done, rounds)
				}
			}
			verdict := r.judge(ctx)
			AddReportEntry("crash figures", fmt.Sprintf("seed %d, %d rounds, %d posts cut off: %s", seed, rounds, r.cutOff, verdict), ReportEntryVisibilityAlways)
		})
	})
}

// number reads a number from the environment.
func number(name string, otherwise int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		return otherwise
	}
	return n
}
