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
			r := &privacyRun{deployment: deploy(ctx, func(c testkit.Config) {
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
			r.setPhone(ctx, absent, client.NotOnWhatsApp)
			for range 2 {
				r.postCanary(ctx, absent, nil)
				r.expectDelivery(ctx, last(), ended())
			}

			By("numbers that want no messages, and a country that gets none")
			denied := r.phone()
			put("/admin/denied-numbers", string(must(json.Marshal(map[string]string{"phone": denied}))))
			put("/admin/denied-numbers", `{"phone":"`+denied) // Cut short.
			r.postCanary(ctx, denied, nil)
			refused := "+447700900123"
			r.secrets.addPhone(refused)
			r.postCanary(ctx, refused, nil)

			By("a newer code, and a second language")
			twice := r.phone()
			r.switchOff(ctx, twice)
			r.postCanary(ctx, twice, map[string]any{"locale": "de"})
			waitUntil(ctx, r.expectMessage(ctx, twice, client.WhatsApp, 1).At.Add(newer))
			older := last()
			translated := r.phone()
			r.failNextSend(ctx, translated, noSuchTranslation)
			r.postCanary(ctx, translated, map[string]any{"locale": "fr", "flow": translated})
			r.postCanary(ctx, twice, nil)
			r.expectDelivery(ctx, older, state("superseded"))
			look()

			By("security events")
			stranger, changed := r.phone(), r.phone()
			r.postCanary(ctx, stranger, nil)
			message := r.expectMessage(ctx, stranger, client.WhatsApp, 1)
			r.expectDelivery(ctx, last(), state("read"))
			Expect(r.Mock.Raise(ctx, client.Event{Kind: client.DidNotRequestCode, MessageID: message.ID})).To(Succeed())
			r.expectDelivery(ctx, last(), HaveField("Alert", Not(BeEmpty())))
			r.failNextSend(ctx, changed, identityChanged)
			r.postCanary(ctx, changed, nil)
			r.expectDelivery(ctx, last(), HaveField("Alert", Not(BeEmpty())))
			for _, kind := range []string{client.UserChangedNumber, client.IdentityChanged, client.InboundText} {
				Expect(r.Mock.Raise(ctx, client.Event{Kind: kind, Number: stranger, Value: r.canary()})).To(Succeed())
			}
			look()

			By("Meta's throttling and a fault of the account")
			throttled, unlucky := r.phone(), r.phone()
			r.failNextSend(ctx, throttled, tooManyToOne)
			r.postCanary(ctx, throttled, nil)
			r.failNextSend(ctx, unlucky, tokenExpired)
			r.postCanary(ctx, unlucky, nil)
			r.expectDelivery(ctx, last(), ended())
			r.postCanary(ctx, r.phone(), nil)
			r.expectDegraded(ctx, accountPart)

			By("afterwards")
			r.expectNothingLeft(ctx)
		})
	})
}
