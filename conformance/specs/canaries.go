package specs

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// canaryDigits is long enough that no canary turns up by chance.
const canaryDigits = 15

// privacyRun posts messages with canary codes and remembers what must not be
// found.
type privacyRun struct {
	deployment
	secrets secrets
	ids     []string
	errors  []testkit.Answer
	// traces takes what the courier sends to a collector; nil if it sends nothing.
	traces *traces
}

func (r *privacyRun) phone() string {
	phone := r.Numbers.Next()
	r.secrets.addPhone(phone)
	return phone
}

func (r *privacyRun) canary() string {
	code := randomCode(canaryDigits)
	r.secrets.addCode(code)
	return code
}

// postCanary has a canary delivered to a number and returns the body.
func (r *privacyRun) postCanary(ctx context.Context, phone string, transient map[string]any) string {
	GinkgoHelper()
	body := payload("v26.2.0/login_code_valid", phone, r.canary(), transient)
	r.ids = append(r.ids, r.post(ctx, body))
	return body
}

// refused posts what must be refused and keeps the answer.
func (r *privacyRun) refused(ctx context.Context, key, body string) {
	GinkgoHelper()
	answer := r.postAs(ctx, key, body)
	Expect(answer.Status).To(BeNumerically(">=", 400))
	r.errors = append(r.errors, answer)
}

// found is what a look at everything finds.
func (r *privacyRun) found(ctx context.Context) []string {
	GinkgoHelper()
	needs(viaInside)
	found := must(r.secrets.findStored(ctx, r.Courier))
	admin := []string{"X-API-Key", r.Courier.AdminKey}
	answers := append([]testkit.Answer{
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/metrics/prometheus", "")),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries?limit=100", "", admin...)),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/status", "", admin...)),
		must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries/none", "", admin...)),
	}, r.errors...)
	for _, id := range r.ids {
		answers = append(answers, must(testkit.Do(ctx, http.MethodGet, r.Courier.PrivateURL+"/admin/deliveries/"+id, "", admin...)))
	}
	if r.traces != nil {
		found = append(found, r.secrets.find("a trace", r.traces.seen())...)
	}
	for _, answer := range answers {
		header := must(json.Marshal(answer.Header))
		found = append(found, r.secrets.find("an answer", append(header, answer.Body...))...)
	}
	return found
}

// expectNothingLeft waits for the end of all deliveries, and looks once more with
// the courier running and once with it stopped.
func (r *privacyRun) expectNothingLeft(ctx context.Context) {
	GinkgoHelper()
	for _, id := range r.ids {
		r.expectDelivery(ctx, id, ended())
	}
	for _, m := range must(r.Mock.Messages(ctx, client.Filter{Channel: client.WhatsApp})) {
		r.secrets.addMessageID(m.ID)
	}
	Expect(r.found(ctx)).To(BeEmpty())
	needs(viaProcess)
	Expect(r.Courier.Stop(ctx)).To(Succeed())
	Expect(must(r.secrets.findStored(ctx, r.Courier))).To(BeEmpty(), "after the end")
	if r.traces != nil {
		Expect(r.secrets.find("a trace", r.traces.seen())).To(BeEmpty())
	}
}

// sendCanaries lets codes take each way, and returns them without and with their
// numbers.
func sendCanaries(ctx context.Context, d deployment) (codes, all secrets) {
	GinkgoHelper()
	give := func() string {
		code := randomCode(canaryDigits)
		codes.addCode(code)
		all.addCode(code)
		return code
	}
	given("codes go by WhatsApp and by SMS, and one is refused", func() {
		fails, off := d.Numbers.Next(), d.Numbers.Next()
		if d.Courier.Claims("fallback") {
			d.failNextSend(ctx, fails, notOnWhatsApp)
		}
		d.switchOff(ctx, off)
		for _, phone := range []string{d.Numbers.Next(), fails, off} {
			all.addPhone(phone)
			d.post(ctx, payload(loginMessage, phone, give(), nil))
			d.expectMessage(ctx, phone, "", 1)
		}
		d.postAs(ctx, d.Courier.KratosKey, strings.TrimSuffix(payload(loginMessage, d.Numbers.Next(), give(), nil), "}"))
		if d.Courier.Claims("fallback") {
			d.expectMessage(ctx, off, client.SMS, 1)
		}
	})
	return codes, all
}

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

// configuration is a valid one with a canary in the place of each secret.
func (c *canaries) configuration() testkit.Config {
	config := testkit.Config{}
	c.everywhere(config)
	config.Set("dsn", "memory")
	config.Set("whatsapp.phone_number_id", testkit.MockPhoneNumberID)
	config.Set("whatsapp.template.name", testkit.MockTemplate)
	config.Set("whatsapp.template.languages", []string{"en_US"})
	config.Set("whatsapp.template.default_language", "en_US")
	config.Set("sms.provider", "twilio")
	config.Set("sms.twilio.account_sid", testkit.MockTwilioAccountSID)
	config.Set("sms.twilio.from", "+15550100124")
	return config
}

// configurationFile writes a configuration and returns the file.
func configurationFile(text string) string {
	file := filepath.Join(GinkgoT().TempDir(), "courier.yml")
	Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	return file
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
