package specs

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) neighbours() {
	Describe("other people's logins", func() {
		It("continue while one person asks too often, providers fail for another and Meta does not answer for a third", Label("RTY-8"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const (
				people = 6
				slow   = 25 * time.Second // Longer than the rest of this spec.
				faults = 10
			)
			d := s.deployWithKratos(ctx, func(c testkit.Config) {
				c.Set("whatsapp.timeout", slow.String())
				c.Set("serve.grace", "1s")
			})
			asked := 0
			ask := func(p *testkit.Person) *testkit.Login {
				GinkgoHelper()
				asked++
				return askForCode(ctx, p, nil)
			}

			unanswered, failing, eager := d.newPerson(ctx, nil), d.newPerson(ctx, nil), d.newPerson(ctx, nil)
			d.plant(ctx, client.Fault{Kind: client.LateAnswer, Number: unanswered.Phone, Delay: client.Duration(slow)})
			for range faults {
				d.plant(ctx, client.Fault{Kind: client.HTTPError, Number: failing.Phone})
				d.plant(ctx, client.Fault{Kind: client.SMSError, Number: failing.Phone, Code: 20500})
			}
			ask(unanswered)
			d.expectMessage(ctx, unanswered.Phone, client.WhatsApp, 1)
			ask(failing)
			login := ask(eager)
			for range perNumber {
				asked++
				expectCodeSent(must(login.Resend(ctx, nil)))
			}

			for range people {
				person := d.newPerson(ctx, nil)
				login := ask(person)
				code := d.expectMessage(ctx, person.Phone, client.WhatsApp, 1).Code
				d.expectLogin(ctx, person, login, code)
			}
			Expect(d.expectDeliveryTo(ctx, eager.Phone, perNumber+1)).To(state("suppressed"))

			Expect(d.expectDeliveryTo(ctx, unanswered.Phone, 1).Attempts[0].AcceptedAt).To(BeZero(), "its request is still open")
			Expect(must(d.Mock.Calls(ctx))).To(ContainElement(HaveField("Status", BeNumerically(">=", 500))), "a provider fails")
			Expect(d.metric(ctx, "messages_received_total")).
				To(BeEquivalentTo(asked), "Kratos posted each message once")
		})
	})

	Describe("Kratos", func() {
		It("hears nothing of a provider's trouble", Label("RTY-8"), limit, func(ctx SpecContext) {
			for _, code := range []int{serviceUnavailable, notOnWhatsApp} {
				phone := s.Numbers.Next()
				s.failNextSend(ctx, phone, code)
				s.expectAccepted(ctx, login6(phone))
			}
		})

		It("does not wait long for an answer", Label("RTY-8"), limit, func(ctx SpecContext) {
			quickest := time.Minute
			for range 3 { // A busy machine is slow now and then.
				asked := time.Now()
				s.expectAccepted(ctx, login6(s.Numbers.Next()))
				quickest = min(quickest, time.Since(asked))
			}
			Expect(quickest).To(BeNumerically("<", time.Second), "Kratos posts one message after the other")
		})

		It("is told at once that the message of a login is taken, and posts it once", Label("RTY-8"), limit, func(ctx SpecContext) {
			through := s.throughTap(ctx)
			var answers []int
			quickest := time.Minute
			for range 3 { // A busy machine is slow now and then.
				person := through.newPerson(ctx)
				askForCode(ctx, person, nil)
				through.givenMessage(ctx, person.Phone)
				for _, post := range through.messages(person.Phone) {
					answers, quickest = append(answers, post.Status), min(quickest, post.Took)
				}
			}
			Expect(answers).To(And(HaveLen(3), HaveEach(BeNumerically("~", 249, 50))), "an answer that makes Kratos post again")
			Expect(quickest).To(BeNumerically("<", time.Second), "Kratos posts one message after the other")
		})
	})

	Describe("a message that cannot be delivered", func() {
		DescribeTable("is answered like any other, and operators see the reason:",
			Label("RTY-8"), func(ctx SpecContext, body func() string) {
				d := s.deploy(ctx, nil)
				id := d.post(ctx, body())
				d.expectDelivery(ctx, id, state("suppressed"), reason())
				Expect(must(d.Mock.Messages(ctx, client.Filter{}))).To(BeEmpty())
			},
			Entry("an unknown type", limit, func() string { return unknownType(s.Numbers.Next()) }),
			Entry("a recipient that is not a phone number", limit, func() string {
				return payload(loginMessage, "person@example.org", randomCode(6), nil)
			}),
			Entry("no code", limit, func() string {
				return edit(login6(s.Numbers.Next()), func(_, data map[string]any) { delete(data, "login_code") })
			}),
			Entry("a code that is not a string", limit, func() string {
				return edit(login6(s.Numbers.Next()), func(_, data map[string]any) { data["login_code"] = 314159 })
			}),
		)
	})
}
