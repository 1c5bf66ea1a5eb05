package specs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// canaries gives secrets and remembers them.
type canaries struct{ given []string }

func (c *canaries) next() string {
	c.given = append(c.given, testkit.Secret())
	return c.given[len(c.given)-1]
}

// everywhere puts a canary into every setting that is a secret.
func (c *canaries) everywhere(config testkit.Config) {
	for _, path := range []string{
		"secrets.lookup", "kratos.basic_auth.password", "whatsapp.access_token", "whatsapp.verify_token",
		"sms.twilio.auth_token", "sms.http.headers.X-Secret", "sms.http.auth.config.value",
		"sms.http.auth.config.password", "sms.http.callback.basic_auth.password",
	} {
		config.Set(path, c.next())
	}
	for _, path := range []string{
		"secrets.cipher", "kratos.api_keys", "admin.api_keys", "whatsapp.app_secrets",
		"sms.twilio.callback_auth_tokens", "sms.http.callback.api_keys",
	} {
		config.Set(path, []string{c.next(), c.next()})
	}
	config.Set("kratos.basic_auth.username", "kratos")
	config.Set("sms.http.callback.basic_auth.username", "provider")
}

// expectNoneIn expects that a text holds no canary, nor the half of one.
func (c *canaries) expectNoneIn(text string) {
	GinkgoHelper()
	for _, secret := range c.given {
		for _, half := range []string{secret[:len(secret)/2], secret[len(secret)/2:]} {
			Expect(text).NotTo(ContainSubstring(half), "a secret of the configuration")
		}
	}
}

func (s *suite) configuredSecrets() {
	Describe("the secrets of the configuration", func() {
		DescribeTable("are not printed when it is wrong", Label("SEC-1"),
			func(ctx SpecContext, fault string, change func(c testkit.Config, canary func() string)) {
				var all canaries
				config := testkit.Config{}
				all.everywhere(config)
				config.Set("dsn", "memory")
				config.Set("whatsapp.phone_number_id", testkit.MockPhoneNumberID)
				config.Set("whatsapp.template.name", testkit.MockTemplate)
				config.Set("whatsapp.template.languages", []string{"en_US"})
				config.Set("whatsapp.template.default_language", "en_US")
				config.Set("sms.provider", "twilio")
				config.Set("sms.twilio.account_sid", testkit.MockTwilioAccountSID)
				config.Set("sms.twilio.from", "+15550100124")
				change(config, all.next)
				text := string(must(json.MarshalIndent(config, "", " "))) // JSON is YAML.
				if fault == cutShort {
					text = text[:strings.LastIndex(text, all.given[0])+10]
				}
				file := filepath.Join(GinkgoT().TempDir(), "courier.yml")
				Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())

				output, status, err := testkit.RunCourier(ctx, "serve", "--config", file)
				Expect(err).NotTo(HaveOccurred())
				Expect(status).To(Equal(1), output)
				Expect(output).To(ContainSubstring(fault), "it names what is wrong")
				all.expectNoneIn(output)
			},
			Entry("a word where a number belongs", limit, "whatsapp.retries", func(c testkit.Config, _ func() string) { c.Set("whatsapp.retries", "many") }),
			Entry("a setting that there is not", limit, "whatsapp", func(c testkit.Config, canary func() string) { c.Set("whatsapp.acess_token", canary()) }),
			Entry("a secret that is too short", limit, "secrets.lookup", func(c testkit.Config, canary func() string) { c.Set("secrets.lookup", canary()[:31]) }),
			Entry("a key that is too short", limit, "kratos.api_keys", func(c testkit.Config, canary func() string) { c.Set("kratos.api_keys", []string{canary()[:15]}) }),
			Entry("a secret where a list belongs", limit, "secrets.cipher", func(c testkit.Config, canary func() string) { c.Set("secrets.cipher", canary()) }),
			Entry("a list where a secret belongs", limit, "whatsapp.access_token", func(c testkit.Config, canary func() string) {
				c.Set("whatsapp.access_token", []string{canary()})
			}),
			Entry("a secret where a duration belongs", limit, "fallback.after", func(c testkit.Config, canary func() string) { c.Set("fallback.after", canary()) }),
			Entry("a secret where one of a few words belongs", limit, "sms.provider", func(c testkit.Config, canary func() string) { c.Set("sms.provider", canary()) }),
			Entry("a secret where an address belongs", limit, "whatsapp.base_url", func(c testkit.Config, canary func() string) { c.Set("whatsapp.base_url", canary()) }),
			Entry("a password in an address", limit, "whatsapp.base_url", func(c testkit.Config, canary func() string) {
				c.Set("whatsapp.base_url", fmt.Sprintf("https://user:%s@[::1", canary()))
			}),
			Entry("a database that we do not speak", limit, "dsn", func(c testkit.Config, canary func() string) {
				c.Set("dsn", fmt.Sprintf("postgres://courier:%s@127.0.0.1/courier", canary()))
			}),
			Entry("settings that contradict each other", limit, "fallback.overall", func(c testkit.Config, _ func() string) {
				c.Set("fallback.after", "1m")
				c.Set("fallback.overall", "30s")
			}),
			Entry("a program of the provider that does not parse", limit, "sms.http.body", func(c testkit.Config, canary func() string) {
				c.Set("sms.provider", "http")
				c.Set("sms.http.url", "https://sms.example.org/")
				c.Set("sms.http.body", fmt.Sprintf("function(ctx) { key: '%s', ", canary()))
			}),
			Entry("a file that is cut short", limit, cutShort, func(testkit.Config, func() string) {}),
		)

		It("are not in the log", Label("SEC-1"), limit, func(ctx SpecContext) {
			var all canaries
			d := deploy(ctx, func(c testkit.Config) {
				all.everywhere(c)
				// The mock knows these, so they are no canaries.
				c.Set("whatsapp.access_token", testkit.MockAccessToken)
				c.Set("whatsapp.verify_token", testkit.MockVerifyToken)
				c.Set("whatsapp.app_secrets", []string{testkit.MockAppSecret})
				c.Set("log.level", "debug")
				c.Set("kratos.api_keys", []string{all.next()})
			})
			key := all.given[len(all.given)-1]
			id := d.postAs(ctx, key, payload(loginMessage, d.Numbers.Next(), randomCode(6), bySMS())).Header.Get("X-Delivery-Id")
			Expect(d.postAs(ctx, key[1:], login6(d.Numbers.Next())).Status).To(Equal(http.StatusUnauthorized))
			Eventually(func() string {
				return string(must(os.ReadFile(d.Courier.LogFile())))
			}).WithContext(ctx).Should(ContainSubstring(id))
			Expect(d.Courier.Stop(ctx)).To(Succeed())
			log := string(must(os.ReadFile(d.Courier.LogFile())))
			all.expectNoneIn(log)
		})
	})
}

// cutShort is the fault of a file that ends in the middle of a secret.
const cutShort = "courier.yml, line"
