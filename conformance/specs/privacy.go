package specs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) privacy() {
	Describe("a courier", func() {
		It("writes no code and no number into its log", Label("SEC-1"), limit, func(ctx SpecContext) {
			d := s.deploy(ctx, nil)
			needs(viaFiles)
			_, all := sendCanaries(ctx, d)
			Expect(all.find("the log", []byte(must(d.Courier.Log())))).To(BeEmpty())
		})
	})

	Describe("codes and numbers", func() {
		It("appear in nothing that the courier writes or answers", Label("SEC-1", "SEC-2"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const budget = 3
			collector := collectTraces()
			r := &privacyRun{traces: collector, deployment: s.deploy(ctx, func(c testkit.Config) {
				c.Set("sms.max_per_hour", budget)
				c.Set("log.level", "debug")
				collector.sentFrom(c)
			})}
			look := func() {
				GinkgoHelper()
				Expect(r.found(ctx)).To(BeEmpty())
			}

			By("WhatsApp, and a repeat")
			onWhatsApp := r.phone()
			body := r.postCanary(ctx, onWhatsApp, nil)
			look()
			r.post(ctx, body)

			By("each cause of a fallback")
			failsLater, failsAtOnce, silent := r.phone(), r.phone(), r.phone()
			r.setPhone(ctx, failsLater, client.NotOnWhatsApp)
			r.failNextSend(ctx, failsAtOnce, notOnWhatsApp)
			r.switchOff(ctx, silent)
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				r.postCanary(ctx, phone, nil)
			}
			r.expectMessage(ctx, silent, client.WhatsApp, 1)
			look() // While the codes are in the database, waiting.
			for _, phone := range []string{failsLater, failsAtOnce, silent} {
				r.expectMessage(ctx, phone, client.SMS, 1)
			}

			By("a failure: the SMS budget is spent")
			r.postCanary(ctx, r.phone(), bySMS())
			r.expectDelivery(ctx, r.ids[len(r.ids)-1], state("failed"))

			By("too many for one number")
			flooded := r.phone()
			for range perNumber + 1 {
				r.postCanary(ctx, flooded, nil)
			}

			By("a login that cancels")
			in := r.phone()
			r.switchOff(ctx, in)
			r.postCanary(ctx, in, nil)
			r.expectMessage(ctx, in, client.WhatsApp, 1)
			r.postLogin(ctx, in)
			r.expectDelivery(ctx, r.ids[len(r.ids)-1], state("cancelled"))

			By("what is not delivered, and what is refused")
			secret := payload(loginMessage, r.phone(), r.canary(), nil)
			r.ids = append(r.ids,
				r.post(ctx, edit(secret, func(top, _ map[string]any) { top["template_type"] = "no_such_type" })),
				r.post(ctx, edit(secret, func(_, data map[string]any) { data["login_code"] = []any{data["login_code"]} })))
			r.ids = append(r.ids, r.post(ctx, payload(loginMessage, "+"+r.canary()+"0000", r.canary(), nil)))
			r.refused(ctx, r.Courier.KratosKey, secret[:len(secret)-20])
			r.refused(ctx, "a wrong key of a caller", secret)
			r.refused(ctx, r.Courier.KratosKey, secret+strings.Repeat(" ", 1<<20))

			By("webhooks with a code or a number")
			message := r.expectMessage(ctx, onWhatsApp, client.WhatsApp, 1)
			inbound := reportBody(nil, map[string]any{"messages": []any{map[string]any{
				"from": onWhatsApp[1:], "id": message.ID, "type": "text", "text": map[string]any{"body": message.Code},
			}}})
			r.report(ctx, inbound)
			r.errors = append(r.errors, r.reportAs(ctx, inbound, ""))

			By("afterwards")
			r.expectNothingLeft(ctx)
			for _, span := range []string{"POST /kratos/messages", "send whatsapp", "send sms", "report read", "code used"} {
				Expect(string(collector.seen())).To(ContainSubstring(span))
			}
		})

		It("are found when they are printed, as the console provider does", Label("SEC-1"), limit, func(ctx SpecContext) {
			r := &privacyRun{deployment: s.deploy(ctx, func(c testkit.Config) { c.Set("sms.provider", "console") })}
			r.postCanary(ctx, r.phone(), bySMS())
			r.expectDelivery(ctx, r.ids[0], state("handed_over"))
			Expect(r.found(ctx)).To(ContainElement(MatchRegexp(`whatsapp-courier(-2)?\.log`)))
		})
	})
}

func (s *suite) privacyOfRules() {
	Describe("codes and numbers", func() {
		It("stay secret whatever rule a message meets", Label("SEC-1", "SEC-2"), SpecTimeout(time.Minute), func(ctx SpecContext) {
			const newer = time.Second
			r := &privacyRun{deployment: s.deploy(ctx, func(c testkit.Config) {
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

			By("a denied number, and a refused country")
			denied := r.phone()
			put("/admin/denied-numbers", string(must(json.Marshal(map[string]string{"phone": denied}))))
			put("/admin/denied-numbers", `{"phone":"`+denied) // Cut short.
			r.postCanary(ctx, denied, nil)
			refused := british
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

func (s *suite) configuredSecrets() {
	Describe("the secrets of the configuration", func() {
		DescribeTable("are not printed when it is invalid:", Label("SEC-1"),
			func(ctx SpecContext, fault string, change func(c testkit.Config, canary func() string)) {
				var all canaries
				config := all.configuration()
				change(config, all.next)
				text := string(must(json.MarshalIndent(config, "", " "))) // JSON is YAML.
				if fault == cutShort {
					text = text[:strings.LastIndex(text, all.given[0])+10]
				}
				file := configurationFile(text)

				needs(viaInside)
				output, status, err := testkit.RunCourier(ctx, "serve", "--config", file)
				Expect(err).NotTo(HaveOccurred())
				Expect(status).To(Equal(1), output)
				Expect(output).To(ContainSubstring(fault), "it names what is wrong")
				all.expectNoneIn(output)
			},
			Entry("a word where a number belongs", limit, "whatsapp.retries", func(c testkit.Config, _ func() string) { c.Set("whatsapp.retries", "many") }),
			Entry("an unknown setting", limit, "whatsapp", func(c testkit.Config, canary func() string) { c.Set("whatsapp.acess_token", canary()) }),
			Entry("a secret that is too short", limit, "secrets.lookup", func(c testkit.Config, canary func() string) { c.Set("secrets.lookup", canary()[:31]) }),
			Entry("a key that is too short", limit, "kratos.api_keys", func(c testkit.Config, canary func() string) { c.Set("kratos.api_keys", []string{canary()[:15]}) }),
			Entry("a secret where a list belongs", limit, "secrets.cipher", func(c testkit.Config, canary func() string) { c.Set("secrets.cipher", canary()) }),
			Entry("a list where a secret belongs", limit, "whatsapp.access_token", func(c testkit.Config, canary func() string) {
				c.Set("whatsapp.access_token", []string{canary()})
			}),
			Entry("a secret where a duration belongs", limit, "fallback.after", func(c testkit.Config, canary func() string) { c.Set("fallback.after", canary()) }),
			Entry("a secret where a fixed word belongs", limit, "sms.provider", func(c testkit.Config, canary func() string) { c.Set("sms.provider", canary()) }),
			Entry("a secret where an address belongs", limit, "whatsapp.base_url", func(c testkit.Config, canary func() string) { c.Set("whatsapp.base_url", canary()) }),
			Entry("a password in an address", limit, "whatsapp.base_url", func(c testkit.Config, canary func() string) {
				c.Set("whatsapp.base_url", fmt.Sprintf("https://user:%s@[::1", canary()))
			}),
			Entry("an unsupported database", limit, "dsn", func(c testkit.Config, canary func() string) {
				c.Set("dsn", fmt.Sprintf("mysql://courier:%s@127.0.0.1/courier", canary()))
			}),
			Entry("a database that does not answer", limit, "dsn", func(c testkit.Config, canary func() string) {
				c.Set("dsn", fmt.Sprintf("postgres://courier:%s@127.0.0.1:9/courier", canary()))
			}),
			Entry("contradictory settings", limit, "fallback.overall", func(c testkit.Config, _ func() string) {
				c.Set("fallback.after", "1m")
				c.Set("fallback.overall", "30s")
			}),
			Entry("a snippet that is not valid jsonnet", limit, "sms.http.body", func(c testkit.Config, canary func() string) {
				c.Set("sms.provider", "http")
				c.Set("sms.http.url", "https://sms.example.org/")
				c.Set("sms.http.body", fmt.Sprintf("function(ctx) { key: '%s', ", canary()))
			}),
			Entry("a truncated file", limit, cutShort, func(testkit.Config, func() string) {}),
		)

		It("are not in the configuration that is printed, and neither is a number", Label("SEC-1"), limit, func(ctx SpecContext) {
			var all canaries
			file := configurationFile(string(must(json.MarshalIndent(all.configuration(), "", " "))))
			needs(viaInside)
			for _, format := range []string{"yaml", "json"} {
				output, status, err := testkit.RunCourier(ctx, "config", "print", "--config", file, "--format", format)
				Expect(err).NotTo(HaveOccurred())
				Expect(status).To(BeZero(), output)
				Expect(output).To(ContainSubstring(testkit.MockTwilioAccountSID), "the settings, which it must show")
				Expect(output).NotTo(ContainSubstring("5550100124"), "the number of sms.twilio.from")
				all.expectNoneIn(output)
			}
		})

		It("do not appear in the log", Label("SEC-1"), limit, func(ctx SpecContext) {
			var all canaries
			d := s.deploy(ctx, func(c testkit.Config) {
				all.everywhere(c)
				// The mock knows these, so they are no canaries.
				c.Set("whatsapp.access_token", testkit.MockAccessToken)
				c.Set("whatsapp.verify_token", testkit.MockVerifyToken)
				c.Set("whatsapp.app_secrets", []string{testkit.MockAppSecret})
				c.Set("log.level", "debug")
				c.Set("kratos.api_keys", []string{all.next()})
			})
			key := all.given[len(all.given)-1]
			id := d.postAs(ctx, key, login6With(d.Numbers.Next(), bySMS())).Header.Get("X-Delivery-Id")
			Expect(id).NotTo(BeEmpty(), "X-Delivery-Id, which the log must hold")
			Expect(d.postAs(ctx, key[1:], login6(d.Numbers.Next())).Status).To(Equal(http.StatusUnauthorized))
			Eventually(d.Courier.Log).WithContext(ctx).Should(ContainSubstring(id))
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			needs(viaInside)
			log := must(d.Courier.Log())
			all.expectNoneIn(log)
		})
	})
}

// cutShort is the fault of a file that ends in the middle of a secret.
const cutShort = "courier.yml, line"
