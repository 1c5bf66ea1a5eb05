package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatARunningCourierCanTakeOver(t *testing.T) {
	t.Parallel()
	base := write(t, minimal)
	for _, c := range []struct {
		name, before, after string
		changed, restart    []string
	}{
		{"nothing", "log: {level: info}", "serve: {private: {port: 4480}}", nil, nil},
		{"log level", "", "log: {level: debug}", []string{"log.level"}, nil},
		{"log format", "", "log: {format: json}", nil, []string{"log.format"}},
		{"keys", "", "kratos: {api_keys: [another-key-of-kratos, and-one-more-of-them]}", []string{"kratos.api_keys"}, nil},
		{"basic pair", "", "kratos: {basic_auth: {username: u, password: p}}", []string{"kratos.basic_auth.password", "kratos.basic_auth.username"}, nil},
		{"admin keys", "admin: {api_keys: [a-plain-key-of-admin]}", "admin: {api_keys: [{name: anna, key: the-key-of-anna-1}]}", []string{"admin.api_keys"}, nil},
		{"Meta's secrets", "", "whatsapp: {access_token: new, app_secrets: [new, an-app-secret], verify_token: new}", []string{"whatsapp.access_token", "whatsapp.app_secrets", "whatsapp.verify_token"}, nil},
		{"cipher", "", "secrets: {cipher: [1234567890123456789012345678901234567890]}", []string{"secrets.cipher"}, nil},
		{"lookup", "", `secrets: {lookup: "1234567890123456789012345678901234567890"}`, nil, []string{"secrets.lookup"}},
		{
			"traces", "", `tracing: {provider: otel, providers: {otlp: {authorization_header: "Bearer new"}}}`, nil,
			[]string{"tracing.provider", "tracing.providers.otlp.authorization_header"},
		},
		{
			"limits", "", "limits: {per_number: {max: 1}, countries: {refuse: [BR]}, prefixes: [{prefix: \"+44\", max: 0}], unused: {action: stop}}",
			[]string{"limits.countries.refuse", "limits.per_number.max", "limits.prefixes", "limits.unused.action"},
			nil,
		},
		{"budgets", "", "sms: {max_per_hour: 1, max_per_day: 2, prefixes: [{prefix: \"+44\", max: 0}]}", []string{"sms.max_per_day", "sms.max_per_hour", "sms.prefixes"}, nil},
		{"texts", "sms: {texts: {en: \"{{ .Code }}\", de: \"{{ .Code }}\"}}", "sms: {texts: {en: \"{{ .Code }}!\"}}", []string{"sms.texts.de", "sms.texts.en"}, nil},
		{"prices", "", "reports: {currency: EUR, prices: [{channel: sms, price: 1}]}", []string{"reports.currency", "reports.prices"}, nil},
		{
			"security events", "", "security_events: {block_number: [not_requested], block_for: 2h, revoke_sessions: [not_requested]}\nkratos: {admin_url: \"http://127.0.0.1:4434\", admin_token: new}",
			[]string{"kratos.admin_token", "kratos.admin_url", "security_events.block_for", "security_events.block_number", "security_events.revoke_sessions"},
			nil,
		},
		{"where doctor looks", "", "serve: {public: {url: \"https://otp.example.com\"}}", []string{"serve.public.url"}, nil},
		{"headers", "", "sms: {http: {headers: {X-Key: new}}}", []string{"sms.http.headers"}, nil},
		{
			"listeners and times", "", "serve: {private: {port: 1}, trusted_proxies: [10.0.0.1]}\nfallback: {after: 20s}\nkeep: 24h\ndsn: sqlite://a.db",
			nil,
			[]string{"dsn", "fallback.after", "keep", "serve.private.port", "serve.trusted_proxies"},
		},
		{"both", "", "log: {level: debug, format: json}", []string{"log.level"}, []string{"log.format"}},
		{
			"a route's secret", "sms: {routes: [{provider: twilio, twilio: {account_sid: AC1, from: MG1, auth_token: a}}]}",
			"sms: {routes: [{provider: twilio, twilio: {account_sid: AC2, from: MG1, auth_token: b}}]}",
			[]string{"sms.routes.0.twilio.auth_token"},
			[]string{"sms.routes.0.twilio.account_sid"},
		},
		{"another route", "sms: {routes: [{provider: console}]}", "sms: {routes: [{provider: console}, {provider: console, name: b}]}", nil, []string{"sms.routes"}},
		{"a route's name", "sms: {routes: [{provider: console}]}", "sms: {routes: [{provider: console, name: b}]}", nil, []string{"sms.routes.0.name"}},
	} {
		running, err := readConfig(t.Context(), []string{base, write(t, c.before)})
		require.NoError(t, err, c.name)
		newer, err := readConfig(t.Context(), []string{base, write(t, c.after)})
		require.NoError(t, err, c.name)
		var m merge
		merged := m.trees(running.tree, newer.tree)
		require.Equal(t, c.changed, m.changed, c.name)
		require.Equal(t, c.restart, m.restart, c.name)

		var again merge
		again.trees(merged, newer.tree)
		require.Empty(t, again.changed, "%s: all that can be taken was taken", c.name)
		require.Equal(t, c.restart, again.restart, "%s: what was not taken is still not", c.name)
	}
}
