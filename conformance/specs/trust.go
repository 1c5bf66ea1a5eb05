package specs

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

func (s *suite) trust() {
	Describe("a publicly known value", func() {
		DescribeTable("is not accepted as a secret:", Label("SEC-7"),
			func(ctx SpecContext, path string, value any, fault string) {
				config := testkit.Config{}
				config.Set(path, value)
				file := filepath.Join(GinkgoT().TempDir(), "known.yml")
				Expect(os.WriteFile(file, must(json.Marshal(config)), 0o600)).To(Succeed()) // JSON is YAML.

				needs(viaInside)
				output, status, err := testkit.RunCourier(ctx, "serve", "--config", s.Courier.ConfigFile(), "--config", file)
				Expect(err).NotTo(HaveOccurred())
				Expect(status).To(Equal(1), output)
				Expect(output).To(ContainSubstring("\n  " + fault + ": "))
			},
			Entry("the API key of the example", limit, "admin.api_keys", []string{"replace-me-with-another-random-key"}, "admin.api_keys.0"),
			Entry("the API key of Kratos' example", limit, "kratos.api_keys", []string{"not-a-secret-change-me"}, "kratos.api_keys.0"),
			Entry("the mock's app secret, for Meta itself", limit, "whatsapp.base_url", "https://graph.facebook.com", "whatsapp.app_secrets.0"),
		)
	})

	Describe("a client's header", func() {
		It("sets the logged address only when it comes from a trusted proxy", Label("SEC-7"), limit, func(ctx SpecContext) {
			const claimed = "198.51.100.7"
			logOf := func(proxies ...string) func() string {
				needs(viaInside)
				d := s.deploy(ctx, func(c testkit.Config) { c.Set("serve.trusted_proxies", proxies) })
				answer := must(testkit.Do(ctx, http.MethodPost, d.Courier.WebhookURL(), "{}", "X-Forwarded-For", claimed, "X-Real-IP", claimed))
				Expect(answer.Status).To(Equal(http.StatusUnauthorized))
				return func() string { return must(d.Courier.Log()) }
			}
			stranger := logOf()
			Eventually(stranger).WithContext(ctx).Should(ContainSubstring("route=/webhooks/meta"))
			Expect(stranger()).NotTo(ContainSubstring(claimed))
			Eventually(logOf("127.0.0.0/8")).WithContext(ctx).Should(ContainSubstring(claimed))
		})
	})
}
