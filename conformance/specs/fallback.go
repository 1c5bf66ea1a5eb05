package specs

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Meta's error codes.
const (
	notOnWhatsApp      = 131026
	serviceUnavailable = 131016
	noSuchTranslation  = 132001
	tokenExpired       = 190
)

func (s *suite) fallback() {
	Describe("SMS steps in", func() {
		// after lets WhatsApp fail for a person and expects that the code of the
		// SMS logs in.
		after := func(ctx SpecContext, fail func(phone string)) testkit.Delivery {
			GinkgoHelper()
			person := newPerson(ctx, s.System, nil)
			fail(person.Phone)
			login := askForCode(ctx, person, nil)
			sms := arrived(ctx, s.System, person.Phone, client.SMS, 1)
			for _, message := range must(s.Mock.Messages(ctx, client.Filter{To: person.Phone, Channel: client.WhatsApp})) {
				Expect(message.Code).To(Equal(sms.Code), "the code of both messages")
			}
			seen := expectDelivery(ctx, s.System, deliveryTo(ctx, s.System, person.Phone, 1).ID,
				Or(state("handed_over"), state("delivered")))
			expectLogin(ctx, s.System, person, login, sms.Code)
			expectCount(ctx, s.System, person.Phone, client.SMS, 1)
			return seen
		}

		It("when Meta refuses the recipient", Label("FBK-1", "RTY-5"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) {
				Expect(s.Mock.FailNextSend(ctx, phone, notOnWhatsApp)).To(Succeed())
			})
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[0]).To(And(state("failed"), HaveField("Code", "131026")))
		})

		It("when Meta reports a failure later", Label("FBK-2"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) {
				Expect(s.Mock.SetHandset(ctx, phone, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
			})
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[0]).To(And(state("failed"), HaveField("Code", "131026")))
			Expect(seen.Attempts[1].StartedAt).To(BeTemporally("<", seen.Attempts[0].AcceptedAt.Add(fallbackAfter)),
				"it did not wait for the deadline")
		})

		It("when the phone stays silent", Label("FBK-3"), limit, func(ctx SpecContext) {
			seen := after(ctx, func(phone string) { switchOff(ctx, s.System, phone) })
			Expect(seen).To(attempts(client.WhatsApp, client.SMS))
			Expect(seen.Attempts[1].StartedAt).To(BeTemporally("~", seen.Attempts[0].AcceptedAt.Add(fallbackAfter), margin))
		})

		// Faults that are not one person's are planted where nobody else is.
		It("when Meta's trouble does not pass", Label("RTY-4"), limit, func(ctx SpecContext) {
			const faults = 10
			d := deployment(ctx, nil)
			phone := d.Numbers.Next()
			for range faults {
				Expect(d.Mock.FailNextSend(ctx, phone, serviceUnavailable)).To(Succeed())
			}
			id := accepted(ctx, d.Courier, login6(phone))
			arrived(ctx, d, phone, client.SMS, 1)
			seen := expectDelivery(ctx, d, id, ended())
			tries := len(seen.Attempts) - 1
			Expect(tries).To(And(BeNumerically(">", 1), BeNumerically("<", faults)), "a bounded number of tries on WhatsApp")
			Expect(seen.Attempts[tries].Channel).To(Equal(client.SMS))
			for i := 1; i < tries; i++ {
				Expect(seen.Attempts[i].StartedAt).To(BeTemporally(">", seen.Attempts[i-1].FailedAt), "a pause before try %d", i+1)
			}
			expectCount(ctx, d, phone, client.SMS, 1)
		})

		It("when the template is there in no language", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone, code := d.Numbers.Next(), randomCode(6)
			for range 10 {
				Expect(d.Mock.FailNextSend(ctx, phone, noSuchTranslation)).To(Succeed())
			}
			accepted(ctx, d.Courier, payload(loginMessage, phone, code, nil))
			Expect(arrived(ctx, d, phone, client.SMS, 1).Code).To(Equal(code))
			expectCount(ctx, d, phone, client.WhatsApp, 0)
		})

		It("at once for a number that is known not to be on WhatsApp", Label("FBK-14"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			Expect(s.Mock.SetHandset(ctx, phone, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
			expectDelivery(ctx, s.System, accepted(ctx, s.Courier, login6(phone)), ended(), attempts(client.WhatsApp, client.SMS))
			expectDelivery(ctx, s.System, accepted(ctx, s.Courier, login6(phone)), ended(), attempts(client.SMS))
			expectCount(ctx, s.System, phone, client.WhatsApp, 1)
		})

		It("for everyone while the account is degraded, and no longer", Label("FBK-12"), limit, func(ctx SpecContext) {
			const probe = 2 * time.Second
			d := deployment(ctx, func(c testkit.Config) { c.Set("whatsapp.probe_every", probe.String()) })
			Expect(d.Mock.FailNextSend(ctx, "", tokenExpired)).To(Succeed())
			first, second, third := d.Numbers.Next(), d.Numbers.Next(), d.Numbers.Next()
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(first)), ended(), attempts(client.WhatsApp, client.SMS))
			opened := time.Now()
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(second)), ended(), attempts(client.SMS))
			Expect(must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/ready", "")).Status).To(Equal(http.StatusOK))

			until(ctx, opened.Add(probe))
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(third)), state("read"), attempts(client.WhatsApp))
		})

		It("at once when the person asks for SMS", Label("FBK-9"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, bySMS())
			sms := arrived(ctx, s.System, person.Phone, client.SMS, 1)
			expectLogin(ctx, s.System, person, login, sms.Code)
			expectCount(ctx, s.System, person.Phone, client.WhatsApp, 0)
		})

		It("after the page's button 'by SMS instead'", Label("FBK-9"), limit, func(ctx SpecContext) {
			person := newPerson(ctx, s.System, nil)
			login := askForCode(ctx, person, nil)
			arrived(ctx, s.System, person.Phone, client.WhatsApp, 1)
			expectCodeSent(must(login.Resend(ctx, bySMS())))
			sms := arrived(ctx, s.System, person.Phone, client.SMS, 1)
			expectLogin(ctx, s.System, person, login, sms.Code)
		})
	})

	Describe("no SMS", func() {
		It("when WhatsApp delivers", Label("FBK-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			id := accepted(ctx, s.Courier, login6(phone))
			message := arrived(ctx, s.System, phone, client.WhatsApp, 1)
			expectDelivery(ctx, s.System, id, Or(state("delivered"), state("read")))
			until(ctx, message.At.Add(fallbackAfter+margin))
			expectCount(ctx, s.System, phone, client.SMS, 0)
		})

		It("when Meta's trouble passes", Label("FBK-5", "RTY-4"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			Expect(s.Mock.FailNextSend(ctx, phone, serviceUnavailable)).To(Succeed())
			id := accepted(ctx, s.Courier, login6(phone))
			message := arrived(ctx, s.System, phone, client.WhatsApp, 1)
			expectDelivery(ctx, s.System, id, Or(state("delivered"), state("read")), attempts(client.WhatsApp, client.WhatsApp))
			until(ctx, message.At.Add(fallbackAfter+margin))
			expectCount(ctx, s.System, phone, client.SMS, 0)
		})

		It("when the status is there before the answer to the send", Label("FBK-8"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			late := client.Fault{Kind: client.LateAnswer, Number: phone, Delay: client.Duration(fallbackAfter / 2)}
			Expect(s.Mock.Plant(ctx, late)).To(Succeed())
			id := accepted(ctx, s.Courier, login6(phone))
			message := arrived(ctx, s.System, phone, client.WhatsApp, 1)
			expectDelivery(ctx, s.System, id, state("read"), attempts(client.WhatsApp))
			until(ctx, message.At.Add(fallbackAfter+margin))
			seen := expectDelivery(ctx, s.System, id, state("read"), attempts(client.WhatsApp))
			Expect(seen.Attempts[0]).To(And(state("read"), HaveField("AcceptedAt", Not(BeZero()))), "after the answer")
			expectCount(ctx, s.System, phone, client.SMS, 0)
		})

		It("when the statuses come twice and in disorder", Label("FBK-7"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			for _, fault := range []client.Fault{
				{Kind: client.Reorder, Number: phone, On: "sent"},
				{Kind: client.Duplicate, Number: phone, On: "delivered"},
			} {
				Expect(s.Mock.Plant(ctx, fault)).To(Succeed())
			}
			id := accepted(ctx, s.Courier, login6(phone))
			message := arrived(ctx, s.System, phone, client.WhatsApp, 1)
			for _, status := range []string{"sent", "delivered", "read"} {
				Expect(s.Mock.WaitForStatus(ctx, message.ID, status)).To(Succeed())
			}
			expectDelivery(ctx, s.System, id, state("read"), attempts(client.WhatsApp))
			expectCount(ctx, s.System, phone, client.SMS, 0)
		})

		It("for the second time when WhatsApp delivers after all", Label("FBK-6"), limit, func(ctx SpecContext) {
			phone := s.Numbers.Next()
			switchOff(ctx, s.System, phone)
			id := accepted(ctx, s.Courier, login6(phone))
			arrived(ctx, s.System, phone, client.SMS, 1)
			Expect(s.Mock.SetHandset(ctx, phone, client.Handset{State: client.OnWhatsApp})).To(Succeed())
			late := arrived(ctx, s.System, phone, client.WhatsApp, 1)
			Expect(s.Mock.WaitForStatus(ctx, late.ID, "delivered")).To(Succeed())
			seen := expectDelivery(ctx, s.System, id, attempts(client.WhatsApp, client.SMS),
				WithTransform(func(d testkit.Delivery) bool { return d.Attempts[0].DeliveredAt.IsZero() }, BeFalse()))
			Expect(seen.Attempts[0].State).To(BeElementOf("delivered", "read"))
			expectCount(ctx, s.System, phone, client.SMS, 1)
		})

		It("when the template is there in another language", Label("FBK-15"), limit, func(ctx SpecContext) {
			d := deployment(ctx, nil)
			phone, code := d.Numbers.Next(), randomCode(6)
			Expect(d.Mock.FailNextSend(ctx, phone, noSuchTranslation)).To(Succeed())
			id := accepted(ctx, d.Courier, payload(loginMessage, phone, code, map[string]any{"locale": "de"}))
			message := arrived(ctx, d, phone, client.WhatsApp, 1)
			Expect(message.Code).To(Equal(code))
			Expect(message.Language).NotTo(Equal("de"))
			expectDelivery(ctx, d, id, state("read"))
			expectCount(ctx, d, phone, client.SMS, 0)
		})

		It("in the mode WhatsApp only", Label("FBK-10"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("fallback.mode", "whatsapp_only") })
			phone := d.Numbers.Next()
			Expect(d.Mock.FailNextSend(ctx, phone, notOnWhatsApp)).To(Succeed())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, login6(phone)), state("failed"))
			asked := payload(loginMessage, phone, randomCode(6), bySMS())
			expectDelivery(ctx, d, accepted(ctx, d.Courier, asked), attempts(client.WhatsApp))
			expectCount(ctx, d, phone, client.SMS, 0)
		})
	})

	Describe("a broken SMS provider", func() {
		It("is seen by operators as the end of the delivery", Label("FBK-11"), limit, func(ctx SpecContext) {
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.twilio.auth_token", "a wrong token") })
			phone := d.Numbers.Next()
			id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), bySMS()))
			seen := expectDelivery(ctx, d, id, state("failed"), HaveField("Reason", Not(BeEmpty())))
			Expect(seen.Attempts).To(HaveEach(And(HaveField("Channel", client.SMS), state("failed"))))
			Expect(must(testkit.Do(ctx, http.MethodGet, d.Courier.PrivateURL+"/health/ready", "")).Status).To(Equal(http.StatusOK))
		})

		It("is tried again when its trouble may pass", Label("FBK-11"), limit, func(ctx SpecContext) {
			provider := newProvider(http.StatusServiceUnavailable)
			d := deployment(ctx, func(c testkit.Config) { c.Set("sms.twilio.base_url", provider.url) })
			phone := d.Numbers.Next()
			id := accepted(ctx, d.Courier, payload(loginMessage, phone, randomCode(6), bySMS()))
			expectDelivery(ctx, d, id, state("failed"))
			Expect(provider.requests()).To(And(BeNumerically(">", 1), BeNumerically("<=", 10)), "requests to the provider")
		})
	})
}
