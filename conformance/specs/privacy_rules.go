package specs

import (
	"encoding/json"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) privacyOfRules() {
	Describe("codes and numbers", func() {
		It("stay secret on every road that a rule sends them", Label("SEC-1", "SEC-2"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const newer = time.Second
			r := &privacyRun{System: deployment(ctx, func(c testkit.Config) {
				c.Set("log.level", "debug")
				c.Set("whatsapp.probe_every", longProbe.String())
				c.Set("fallback.supersede_after", newer.String())
				c.Set("limits.countries.refuse", []string{"GB"})
			})}
			look := func() {
				GinkgoHelper()
				Expect(r.found(ctx)).To(BeEmpty())
			}
			last := func() string { return r.ids[len(r.ids)-1] }
			put := func(path, body string) {
				GinkgoHelper()
				r.errors = append(r.errors, must(testkit.Do(ctx, http.MethodPut, r.Courier.PrivateURL+path, body,
					"X-API-Key", r.Courier.AdminKey, "Content-Type", "application/json")))
			}

			By("the memory of who is not on WhatsApp")
			absent := r.phone()
			Expect(r.Mock.SetHandset(ctx, absent, client.Handset{State: client.NotOnWhatsApp})).To(Succeed())
			for range 2 {
				r.post(ctx, absent, nil)
				expectDelivery(ctx, r.System, last(), ended())
			}

			By("numbers that want no messages, and a country that gets none")
			denied := r.phone()
			put("/admin/denied-numbers", string(must(json.Marshal(map[string]string{"phone": denied}))))
			put("/admin/denied-numbers", `{"phone":"`+denied) // Cut short.
			r.post(ctx, denied, nil)
			refused := "+447700900123"
			r.secrets.addPhone(refused)
			r.post(ctx, refused, nil)

			By("a newer code, and a second language")
			twice := r.phone()
			switchOff(ctx, r.System, twice)
			r.post(ctx, twice, map[string]any{"locale": "de"})
			until(ctx, arrived(ctx, r.System, twice, client.WhatsApp, 1).At.Add(newer))
			older := last()
			translated := r.phone()
			Expect(r.Mock.FailNextSend(ctx, translated, noSuchTranslation)).To(Succeed())
			r.post(ctx, translated, map[string]any{"locale": "fr", "flow": translated})
			r.post(ctx, twice, nil)
			expectDelivery(ctx, r.System, older, state("superseded"))
			look()

			By("security events")
			stranger, changed := r.phone(), r.phone()
			r.post(ctx, stranger, nil)
			message := arrived(ctx, r.System, stranger, client.WhatsApp, 1)
			expectDelivery(ctx, r.System, last(), state("read"))
			Expect(r.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			expectDelivery(ctx, r.System, last(), HaveField("Alert", Not(BeEmpty())))
			Expect(r.Mock.FailNextSend(ctx, changed, 137000)).To(Succeed())
			r.post(ctx, changed, nil)
			expectDelivery(ctx, r.System, last(), HaveField("Alert", Not(BeEmpty())))
			for _, kind := range []string{client.UserChangedNumber, client.IdentityChanged, client.InboundText} {
				Expect(r.Mock.Raise(ctx, client.Event{Kind: kind, Number: stranger, Value: r.canary()})).To(Succeed())
			}
			look()

			By("Meta's throttling and a fault of the account")
			throttled, unlucky := r.phone(), r.phone()
			Expect(r.Mock.FailNextSend(ctx, throttled, tooManyToOne)).To(Succeed())
			r.post(ctx, throttled, nil)
			Expect(r.Mock.FailNextSend(ctx, unlucky, tokenExpired)).To(Succeed())
			r.post(ctx, unlucky, nil)
			expectDelivery(ctx, r.System, last(), ended())
			r.post(ctx, r.phone(), nil)
			expectDegraded(ctx, r.System, accountPart)

			By("afterwards")
			r.expectNothingLeft(ctx)
		})
	})
}
