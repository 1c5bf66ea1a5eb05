package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/kratos"
)

// withKratos examines our example of Kratos' configuration after a change.
func withKratos(t *testing.T, change ...string) []Finding {
	t.Helper()
	text, err := os.ReadFile("../../deploy/kratos/kratos.yml")
	require.NoError(t, err)
	changed := strings.NewReplacer(change...).Replace(string(text))
	require.True(t, len(change) == 0 || changed != string(text), "the change changes something")
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("../../deploy/kratos")))
	file := filepath.Join(folder, "kratos.yml")
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	var r Report
	Kratos{
		File: file, Credentials: auth.New([]string{"not-a-secret-change-me"}, "kratos", "a-password"),
		CodeLifespan: 5 * time.Minute, RetrySpan: 2 * time.Minute,
		Bodies: &Bodies{Evaluate: evaluate, Message: kratos.ParseMessage, Event: kratos.ParseEvent},
	}.examine(t.Context(), &r)
	for _, f := range r.Findings {
		require.NotContains(t, f.What+f.Do, "not-a-secret")
		require.NotEmpty(t, f.Do)
	}
	return r.Findings
}

func TestEachFaultOfKratosConfiguration(t *testing.T) {
	t.Parallel()
	const (
		channel = "error kratos.yml: courier.channels.0.request_config."
		flows   = "kratos.yml: selfservice.flows."
	)
	// With recovery on, and its web hook leading elsewhere.
	noRecoveryHook := []string{
		"enabled: false\n      use: code", "enabled: true\n      use: code",
		"events\n              method: POST\n              body: file://event.recovery", "other\n              method: POST\n              body: file://event.recovery",
	}
	for name, c := range map[string]struct{ change, want []string }{
		"as we ship it":  {nil, nil},
		"no channel":     {[]string{"- id: sms", "- id: phone"}, []string{"error kratos.yml: courier.channels"}},
		"another path":   {[]string{"url: http://127.0.0.1:4480/kratos/messages\n        #", "url: http://127.0.0.1:4480/kratos/message\n        #"}, []string{channel + "url"}},
		"behind a proxy": {[]string{"url: http://127.0.0.1:4480/kratos/messages\n        #", "url: https://internal.example.com/otp//kratos/messages/\n        #"}, nil},
		"no method":      {[]string{"        method: POST\n        body: file://message", "        body: file://message"}, []string{channel + "method"}},
		"no body":        {[]string{"        body: file://message.jsonnet\n", ""}, []string{channel + "body"}},
		"another key for the channel": {
			[]string{"        auth: *courier\n\n  # Kratos hands", "        auth: {type: api_key, config: {in: header, name: X-API-Key, value: not-a-secret-other}}\n\n  # Kratos hands"},
			[]string{channel + "auth"},
		},
		"key in a cookie": {
			[]string{"        auth: *courier\n\n  # Kratos hands", "        auth: {type: api_key, config: {in: cookie, name: X-API-Key, value: not-a-secret-change-me}}\n\n  # Kratos hands"},
			[]string{channel + "auth"},
		},
		"basic pair": {
			[]string{"        auth: *courier\n\n  # Kratos hands", "        auth: {type: basic_auth, config: {user: kratos, password: a-password}}\n\n  # Kratos hands"}, nil,
		},
		"bearer token among the headers": {
			[]string{"          Content-Type: application/json\n        auth: *courier", "          Authorization: Bearer not-a-secret-change-me"}, nil,
		},
		"no hook after login":        {[]string{"events\n                method: POST\n                body: file://event.login", "other\n                method: POST\n                body: file://event.login"}, []string{"warning " + flows + "login.after.code.hooks"}},
		"no hook after registration": {[]string{"events\n                method: POST\n                body: file://event.registration", "other\n                method: POST\n                body: file://event.registration"}, []string{"warning " + flows + "registration.after.code.hooks"}},
		"no hook after verification": {[]string{"events\n              method: POST\n              body: file://event.verification", "other\n              method: POST\n              body: file://event.verification"}, []string{"warning " + flows + "verification.after.hooks"}},
		"registration is off": {[]string{
			"      enabled: true\n      ui_url: http://127.0.0.1:4455/login\n      after:\n", "      enabled: false\n      ui_url: http://127.0.0.1:4455/login\n      after:\n",
			"events\n                method: POST\n                body: file://event.registration", "other\n                method: POST\n                body: file://event.registration",
		}, nil},
		"hook that is waited for": {[]string{"response: { ignore: true }\n                auth: &courier", "auth: &courier"}, []string{"error " + flows + "login.after.code.hooks.0.config.response.ignore"}},
		"hook without a key":      {[]string{"response: { ignore: true }\n              auth: *courier\n\n    settings", "response: { ignore: true }\n\n    settings"}, []string{"error " + flows + "verification.after.hooks.0.config.auth"}},
		"no login by code":        {[]string{"passwordless_enabled: true", "passwordless_enabled: false"}, []string{"warning kratos.yml: selfservice.methods.code.passwordless_enabled"}},
		"a second factor":         {[]string{"passwordless_enabled: true", "mfa_enabled: true"}, nil},
		"recovery by e-mail":      {append(slices.Clone(noRecoveryHook), "version: v1.3.1", "version: v26.2.0"), nil},
		"no hook after recovery": {
			append(slices.Clone(noRecoveryHook), "version: v1.3.1", "version: v26.2.0\nfeature_flags: {choose_recovery_address: true}"),
			[]string{"warning " + flows + "recovery.after.hooks"},
		},
		"recovery by SMS":     {append(slices.Clone(noRecoveryHook[:2]), "version: v1.3.1", "version: v26.2.0\nfeature_flags: {choose_recovery_address: true}"), nil},
		"codes live longer":   {[]string{"lifespan: 5m", "lifespan: 15m"}, []string{"warning kratos.yml: selfservice.methods.code.config.lifespan"}},
		"codes live an hour":  {[]string{"lifespan: 5m", "{}"}, []string{"warning kratos.yml: selfservice.methods.code.config.lifespan"}},
		"more repeats":        {[]string{"message_retries: 10", "message_retries: 40"}, []string{"warning kratos.yml: courier.message_retries"}},
		"more repeats of v26": {[]string{"version: v1.3.1", "version: v26.2.0", "message_retries: 10", "message_retries: 150"}, nil},
		"slow repeats":        {[]string{"pull_wait: 200ms", "pull_wait: 10s"}, []string{"warning kratos.yml: courier.message_retries"}},
		"leaking log":         {[]string{"leak_sensitive_values: false", "leak_sensitive_values: true"}, []string{"error kratos.yml: log.leak_sensitive_values"}},
		"no YAML":             {[]string{"dsn: memory", "dsn: *not-a-secret"}, []string{"error kratos.yml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, told(withKratos(t, c.change...)))
		})
	}
}

func TestKratosFileThatIsMissing(t *testing.T) {
	t.Parallel()
	var r Report
	Kratos{File: filepath.Join(t.TempDir(), "missing.yml")}.examine(t.Context(), &r)
	require.Equal(t, []string{"unknown --kratos-config"}, told(r.Findings))
}
