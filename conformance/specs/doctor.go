package specs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (s *suite) doctor() {
	It("is told by doctor of each wrong setting, and of nothing else", Label("OPS-4"), SpecTimeout(2*time.Minute), func(ctx SpecContext) { // two dozen runs of doctor
		needs(viaInside)
		port := must(testkit.FreePort())
		callback := fmt.Sprintf("http://127.0.0.1:%d/webhooks/sms/twilio", port)
		o := withKratos(func(c testkit.Config) {
			c.Set("serve.public.port", port)
			c.Set("sms.twilio.callback_url", callback)
		})
		o.Kratos.Dir = GinkgoT().TempDir()
		d := s.deploySystem(ctx, o)
		kratosFile := filepath.Join(o.Kratos.Dir, "kratos.yml")
		examine := func(settings, kratosFile string) []string {
			GinkgoHelper()
			return runDoctor(ctx, d.Courier, settings,
				"--public-url", d.Courier.PublicURL, "--kratos-admin", d.Kratos.AdminURL, "--kratos-config", kratosFile)
		}
		// WhatsApp tries ten minutes to deliver the mock's template, and no spec waits that
		// long for a fallback: doctor says so in every run that gets to the templates.
		const always = "warning fallback.after"
		Expect(examine("", kratosFile)).To(ConsistOf(always), "the deployment as it is")

		for settings, want := range map[string][]string{
			`whatsapp: {access_token: an-invented-token}`:         {"error whatsapp.access_token"},
			`whatsapp: {app_secrets: [an-invented-secret]}`:       {"error whatsapp.app_secrets"},
			`whatsapp: {api_version: v99.0}`:                      {"error whatsapp.api_version"},
			`whatsapp: {api_version: v20.0}`:                      {always, "warning whatsapp.api_version"},
			`whatsapp: {base_url: "http://127.0.0.1:9"}`:          {"unknown whatsapp.base_url"},
			`whatsapp: {phone_number_id: "1"}`:                    {always, "error whatsapp.phone_number_id"},
			`whatsapp: {business_account_id: "1"}`:                {"error whatsapp.business_account_id"},
			`whatsapp: {rate: 1000}`:                              {always, "warning whatsapp.rate"},
			`whatsapp: {template: {name: no_such_template}}`:      {"error whatsapp.template.name"},
			`whatsapp: {template: {languages: [en_US, it]}}`:      {always, "error whatsapp.template.languages"},
			`whatsapp: {verify_token: an-invented-token}`:         {always, "error whatsapp.verify_token"},
			`kratos: {retry_span: 5s}`:                            {always, "warning kratos.yml: courier.message_retries"},
			`kratos: {api_keys: [an-invented-key-of-kratos]}`:     append(callsOf("auth", true), always),
			`serve: {private: {host: 0.0.0.0}}`:                   {always, "warning serve.private.host"},
			`sms: {twilio: {auth_token: an-invented-token}}`:      {always, "error sms.twilio.auth_token"},
			`sms: {twilio: {callback_url: ""}}`:                   {always, "warning sms.twilio.callback_url"},
			`sms: {twilio: {callback_url: "` + callback + `-2"}}`: {always, "error sms.twilio.callback_url"},
			`dsn: sqlite:///no/such/folder/courier.db`:            {always, "error dsn"},
			`{dsn: sqlite:///no/such/folder/courier.db, whatsapp: {rate: 1000, template: {languages: [en_US, it]}}}`: {
				always, "error dsn", "warning whatsapp.rate", "error whatsapp.template.languages",
			},
			`kratos: {code_lifespan: 9m}`: {
				always, "warning kratos.code_lifespan", "warning kratos.yml: selfservice.methods.code.config.lifespan",
			},
			`security_events: {revoke_sessions: [not_requested]}`:                                                     {"error kratos.admin_url"},
			`{security_events: {revoke_sessions: [not_requested]}, kratos: {admin_url: "` + d.Kratos.AdminURL + `"}}`: {always},
			`{keep: 1s, whatsapp: {template: {default_language: it}}}`:                                                {"error keep", "error whatsapp.template.default_language"},
		} {
			Expect(examine(settings, kratosFile)).To(ConsistOf(want), settings)
		}

		right := string(must(os.ReadFile(kratosFile)))
		for from, c := range map[string]struct {
			to   string
			want []string
		}{
			"method: POST":                 {"method: GET", callsOf("method", true)},
			"ignore: true":                 {"ignore: false", callsOf("response.ignore", false)},
			"/kratos/messages":             {"/messages", []string{"error kratos.yml: courier.channels.0.request_config.url"}},
			"message.jsonnet":              {"event.login.jsonnet", []string{"error kratos.yml: courier.channels.0.request_config.body"}},
			"event.verification.jsonnet":   {"event.login.jsonnet", []string{"error kratos.yml: selfservice.flows.verification.after.hooks.0.config.body"}},
			"event.registration.jsonnet":   {"missing.jsonnet", []string{"unknown kratos.yml: selfservice.flows.registration.after.code.hooks.0.config.body"}},
			"id: sms":                      {"id: phone", []string{"error kratos.yml: courier.channels"}},
			"leak_sensitive_values: false": {"leak_sensitive_values: true", []string{"error kratos.yml: log.leak_sensitive_values"}},
		} {
			Expect(right).To(ContainSubstring(from))
			wrong := filepath.Join(GinkgoT().TempDir(), "kratos.yml")
			Expect(os.WriteFile(wrong, []byte(strings.ReplaceAll(right, from, c.to)), 0o600)).To(Succeed())
			Expect(examine("", wrong)).To(ConsistOf(append(c.want, always)), from)
		}
	})

	It("is told by doctor what does not fit between the configuration and a courier that runs", Label("OPS-4"), limit, func(ctx SpecContext) {
		needs(viaInside)
		d := s.deploy(ctx, nil)
		examine := func(settings string) []string {
			GinkgoHelper()
			return runDoctor(ctx, d.Courier, settings, "--url", d.Courier.PrivateURL)
		}
		// The mock's template lives long, this courier asks for no receipts, and the testkit
		// chose its ports.
		usual := examine(`{}`)
		Expect(usual).NotTo(ContainElement(ContainSubstring("--url")))
		for settings, want := range map[string]string{
			`keep: 800h`:                "warning keep",
			`limits: {total: {max: 7}}`: "warning limits.total.max",
			`secrets: {lookup: "` + testkit.Secret() + `"}`:   "warning secrets.lookup",
			`admin: {api_keys: ["` + testkit.Secret() + `"]}`: "warning admin.api_keys",
		} {
			Expect(examine(settings)).To(And(ContainElement(want), HaveEach(BeElementOf(append(slices.Clone(usual), want)))), settings)
		}
		Expect(d.Courier.Stop(ctx)).To(Succeed())
		Expect(examine(`{}`)).To(ContainElement("unknown --url"))
	})

	It("sees a test code of doctor arrive over each channel", Label("OPS-4"), limit, func(ctx SpecContext) {
		needs(viaInside)
		d := s.withReceipts(ctx)
		send := func(phone string) []string {
			GinkgoHelper()
			return runDoctor(ctx, d.Courier, `{}`, "--url", d.Courier.PrivateURL, "--send", phone)
		}
		phone := d.Numbers.Next()
		Expect(send(phone)).NotTo(ContainElement(ContainSubstring("--send")))
		d.expectCount(ctx, phone, client.WhatsApp, 1)
		d.expectCount(ctx, phone, client.SMS, 1)

		absent := d.Numbers.Next()
		d.failNextSend(ctx, absent, notOnWhatsApp)
		found := send(absent)
		Expect(found).To(ContainElement("error --send whatsapp"))
		Expect(found).NotTo(ContainElement(ContainSubstring("--send sms")))
	})
}

// callsOf are the errors about one setting of all web hooks of kratos.yml, and of its
// channel if that is wanted.
func callsOf(setting string, channel bool) []string {
	var errs []string
	if channel {
		errs = append(errs, "error kratos.yml: courier.channels.0.request_config."+setting)
	}
	for _, hooks := range []string{"login.after.code", "registration.after.code", "verification.after"} {
		errs = append(errs, "error kratos.yml: selfservice.flows."+hooks+".hooks.0.config."+setting)
	}
	return errs
}

// runDoctor runs doctor with the courier's configuration and some settings over it, and
// returns severity and place of what it finds.
func runDoctor(ctx context.Context, c *testkit.Courier, settings string, args ...string) []string {
	GinkgoHelper()
	over := filepath.Join(GinkgoT().TempDir(), "over.yml")
	Expect(os.WriteFile(over, []byte(settings), 0o600)).To(Succeed())
	args = append([]string{"doctor", "--format", "json", "--config", c.ConfigFile(), "--config", over}, args...)
	out, status, err := testkit.RunCourier(ctx, args...)
	Expect(err).NotTo(HaveOccurred())
	var report struct {
		Findings []struct{ Severity, Where, What, Do string }
	}
	// Before and after the report come lines for people.
	_, document, _ := strings.Cut("\n"+out, "\n{\n")
	Expect(json.NewDecoder(strings.NewReader("{"+document)).Decode(&report)).To(Succeed(), out)
	var found, severities []string
	for _, f := range report.Findings {
		Expect(f.What).NotTo(BeEmpty(), out)
		Expect(f.Do).NotTo(BeEmpty(), out)
		found, severities = append(found, f.Severity+" "+f.Where), append(severities, f.Severity)
	}
	want := 0
	switch {
	case slices.Contains(severities, "error"):
		want = 2
	case slices.Contains(severities, "unknown"):
		want = 3
	}
	Expect(status).To(Equal(want), out)
	return found
}
