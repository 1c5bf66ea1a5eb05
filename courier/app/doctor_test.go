package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// smsOnly is a configuration that needs no Meta.
const smsOnly = `
secrets: {cipher: ["0123456789012345678901234567890123456789"], lookup: "9876543210987654321098765432109876543210"}
kratos: {api_keys: ["a-key-for-kratos-only"]}
fallback: {mode: sms_only}
sms: {provider: console}
`

// runDoctor runs the command and reads its report.
func runDoctor(t *testing.T, args ...string) (doctor.Report, int) {
	t.Helper()
	var out, said bytes.Buffer
	status := Main(t.Context(), "v1", append([]string{"doctor", "--format", "json"}, args...), &out, &said)
	var report doctor.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report), "%s%s", &out, &said)
	return report, status
}

func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	warned := write(t, smsOnly) // its dsn is memory
	good := write(t, smsOnly+"dsn: sqlite://"+t.TempDir()+"/courier.db\n")
	faulty := write(t, smsOnly+"keep: 1s\nlimits: {per_number: {max: 0}}\n")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"all good":               {[]string{"--config", good}, 0, "ok       dsn                /"},
		"a warning":              {[]string{"--config", warned}, 0, "warning  dsn                memory forgets"},
		"another warning":        {[]string{"--config", good}, 0, "warning  sms.provider       console writes"},
		"warnings, strictly":     {[]string{"--config", warned, "--strict"}, 1, "errors: 0, warnings: 2, not checked: 0"},
		"a faulty setting":       {[]string{"--config", faulty}, 2, "error    keep "},
		"another one":            {[]string{"--config", faulty}, 2, "error    limits.per_number.max "},
		"as JSON":                {[]string{"--config", faulty, "--format", "json"}, 2, `"where": "keep"`},
		"no such public address": {[]string{"--config", write(t, minimal), "--public-url", "otp.example.com"}, 3, "--public-url: must be a URL"},
		"a database server":      {[]string{"--config", write(t, smsOnly+"dsn: postgres://courier:an-invented-password@127.0.0.1:9/courier\n")}, 0, "skipped  dsn "},
		"no such database":       {[]string{"--config", write(t, smsOnly+"dsn: mysql://courier:an-invented-password@127.0.0.1:9/courier\n")}, 2, `"mysql" is not supported`},
		"no such file":           {[]string{"--config", "missing.yml"}, 3, "missing.yml"},
		"no such format":         {[]string{"--config", good, "--format", "xml"}, 3, "--format: must be table or json"},
		"no such flag":           {[]string{"--konfig", good}, 3, "unknown flag"},
	} {
		var out bytes.Buffer
		status := Main(t.Context(), "v1", append([]string{"doctor"}, c.args...), &out, &out)
		require.Equal(t, c.status, status, "%s: %s", name, &out)
		require.Contains(t, out.String(), c.says, name)
		require.NotContains(t, out.String(), "an-invented-password", name)
	}
}

func TestDoctorTellsEveryFaultOfTheConfiguration(t *testing.T) {
	t.Parallel()
	report, status := runDoctor(t, "--config", write(t, "kratos: {api_keys: [short]}\nsms: {provider: console}\n"))
	require.Equal(t, 2, status)
	var where []string
	for _, f := range report.Findings {
		require.Equal(t, doctor.Error, f.Severity)
		require.NotEmpty(t, f.Do)
		where = append(where, f.Where)
	}
	require.Equal(t, []string{
		"kratos.api_keys.0", "secrets", "whatsapp.access_token", "whatsapp.app_secrets", "whatsapp.phone_number_id", "whatsapp.verify_token",
	}, where)
}

func TestDoctorReadsTheConfiguration(t *testing.T) {
	t.Parallel()
	file := write(t, `
dsn: sqlite://./data/courier.db?_fk=true
secrets: {cipher: ["0123456789012345678901234567890123456789"], lookup: "9876543210987654321098765432109876543210"}
kratos: {api_keys: ["a-key-for-kratos-only"], code_lifespan: 7m}
whatsapp:
  numbers: [{phone_number_id: "1", rate: 1000}, {phone_number_id: "2"}]
  business_account_id: "9"
  access_token: "a-token"
  app_secrets: ["an-app-secret", "an-old-secret"]
  verify_token: "a-verify-token"
fallback: {after: 40s}
sms:
  routes:
    - {provider: console}
    - {provider: twilio, twilio: {account_sid: AC00000000000000000000000000000000, auth_token: a-twilio-token, from: "+15550100123", callback_url: "https://otp.example.com/webhooks/sms/twilio"}}
`)
	c, err := load(t, file)
	require.NoError(t, err)
	s, err := c.examined("v1", doctorFlags{publicURL: "https://otp.example.com/courier/"}, evaluator(t))
	require.NoError(t, err)
	require.Equal(t, doctor.Machine{
		PrivateHost: "127.0.0.1", PublicHost: "127.0.0.1", Database: "./data/courier.db", Files: []doctor.File{{Where: "--config", Path: file}},
	}, s.Machine)
	require.Equal(t, []doctor.Number{{Section: "whatsapp.numbers.0", ID: "1", Rate: 1000}, {Section: "whatsapp.numbers.1", ID: "2", Rate: 80}}, s.Meta.Numbers)
	require.Equal(t, doctor.Template{Name: "login_code", Languages: []string{"en_US"}, CodeLifespan: 7 * time.Minute, FallbackAfter: 40 * time.Second}, s.Meta.Template)
	require.Equal(t, "an-app-secret", s.Meta.AppSecret.Reveal())
	require.Equal(t, "9", s.Meta.AccountID)
	require.Equal(t, "https://otp.example.com/courier/webhooks/meta", s.Webhook.URL)
	require.Equal(t, s.Webhook.URL, s.Meta.Callback)
	require.Nil(t, s.SMS[0].Examine)
	require.Empty(t, s.SMS[0].CallbackSetting)
	require.NotNil(t, s.SMS[1].Examine)
	require.Equal(t, []string{"sms.routes.1", "sms.routes.1.twilio.callback_url", "https://otp.example.com/webhooks/sms/twilio", "/webhooks/sms/twilio"},
		[]string{s.SMS[1].Section, s.SMS[1].CallbackSetting, s.SMS[1].Callback, s.SMS[1].Route})

	c.Fallback.Mode = courier.WhatsAppOnly
	s, err = c.examined("v1", doctorFlags{}, evaluator(t))
	require.NoError(t, err)
	require.Zero(t, s.Meta.Template.FallbackAfter)
	require.Nil(t, s.Webhook)

	require.Nil(t, s.KratosAdmin)
	c.Kratos.AdminURL, c.SecurityEvents.RevokeSessions = "http://127.0.0.1:4434", []string{"not_requested"}
	s, err = c.examined("v1", doctorFlags{}, evaluator(t))
	require.NoError(t, err)
	require.Equal(t, "kratos.admin_url", s.KratosAdmin.Where)
	require.True(t, s.KratosAdmin.EndsSessions)

	_, err = c.examined("v1", doctorFlags{publicURL: "otp.example.com"}, evaluator(t))
	require.ErrorContains(t, err, "--public-url")
	c.Fallback.Mode, c.Serve.Public.URL = courier.WhatsAppOrSMS, "https://otp.example.com/"
	for _, said := range []struct {
		flags      doctorFlags
		url, where string
	}{
		{doctorFlags{}, "https://otp.example.com/webhooks/meta", "serve.public.url"},
		{doctorFlags{publicSaid: true, publicURL: "https://new.example.com"}, "https://new.example.com/webhooks/meta", "--public-url"},
		{doctorFlags{publicSaid: true}, "", ""},
	} {
		s, err = c.examined("v1", said.flags, evaluator(t))
		require.NoError(t, err)
		require.Equal(t, said.url, s.Meta.Callback, "what Meta's setting is held against")
		require.Equal(t, said.where, s.Public.Where)
		require.Equal(t, said.url != "", s.Webhook != nil)
		if s.Webhook != nil {
			require.Equal(t, []string{said.url, said.where}, []string{s.Webhook.URL, s.Webhook.Where})
		}
	}
	_, err = c.examined("v1", doctorFlags{kratosAdmin: "127.0.0.1:4434"}, evaluator(t))
	require.ErrorContains(t, err, "--kratos-admin")
}

func TestThePublicAddressIsAURL(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		"": true, "https://otp.example.com": true, "https://example.com/otp/": true, "otp.example.com": false, "https://user@otp.example.com": false, "https://otp.example.com/?a": false,
	} {
		_, err := load(t, write(t, minimal), write(t, `serve: {public: {url: "`+url+`"}}`))
		if good {
			require.NoError(t, err, url)
		} else {
			require.ErrorContains(t, err, "serve.public.url: must be a URL such as https://otp.example.com", url)
		}
	}
	_, err := load(t, write(t, minimal), write(t, `serve: {private: {url: "https://otp.example.com"}}`))
	require.ErrorContains(t, err, "serve.private.url")
}

func TestDoctorHoldsKratosAgainstTheConfiguration(t *testing.T) {
	t.Parallel()
	config := strings.Replace(smsOnly, "a-key-for-kratos-only", "a-key-that-kratos-has", 1) + "dsn: sqlite://" + t.TempDir() + "/courier.db\n"
	ours := write(t, config)
	text, err := os.ReadFile("../../deploy/kratos/kratos.yml")
	require.NoError(t, err)
	theirs := filepath.Join(t.TempDir(), "courier.yml")
	require.NoError(t, os.CopyFS(filepath.Dir(theirs), os.DirFS("../../deploy/kratos")))
	require.NoError(t, os.WriteFile(theirs, []byte(strings.ReplaceAll(string(text), "not-a-secret-change-me", "a-key-that-kratos-has")), 0o600))
	about := func(r doctor.Report) (where []string) {
		for _, f := range r.Findings {
			if f.Where != "dsn" && f.Where != "sms.provider" { // the disk of the tests' machine may be full
				where = append(where, f.Where)
			}
		}
		return where
	}
	report, _ := runDoctor(t, "--config", ours, "--kratos-config", theirs)
	require.Empty(t, about(report))

	ours = write(t, strings.Replace(config, "kratos: {", "kratos: {code_lifespan: 4m, retry_span: 10s, ", 1))
	report, status := runDoctor(t, "--config", ours, "--kratos-config", theirs, "--strict")
	require.Equal(t, 1, status)
	require.Equal(t, []string{"courier.yml: selfservice.methods.code.config.lifespan", "courier.yml: courier.message_retries"}, about(report))
}
