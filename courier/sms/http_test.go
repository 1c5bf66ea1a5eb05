package sms

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

var _ courier.Sender = (*HTTP)(nil)

const (
	apiKey  = "invented-provider-key"
	backKey = "invented-callback-key"
)

func httpConfig(t testing.TB, url string) HTTPConfig {
	t.Helper()
	return HTTPConfig{
		URL: url, Method: http.MethodPost,
		Auth:      HTTPAuth{Type: "api_key", Config: HTTPCredentials{In: "header", Name: "Authorization", Value: "App " + apiKey}},
		Body:      `function(ctx) {to: ctx.to, text: ctx.text}`,
		MessageID: `function(ctx) ctx.body.id`,
	}
}

// setup is what every sender here needs.
func setup(t testing.TB) Setup {
	t.Helper()
	return Setup{
		Section:   "sms",
		Texts:     texts(t, map[string]string{"en": "{{.Code}} is your code & more", "pt_BR": "{{.Code}} é o código"}),
		Timeout:   2 * time.Second,
		Evaluator: inProcess{},
	}
}

func httpProvider(t testing.TB, cfg HTTPConfig) *HTTP {
	t.Helper()
	made, err := NewHTTP(cfg, setup(t))
	require.NoError(t, err)
	return made
}

// received is what a provider got.
type received struct {
	method, url, contentType, body string
	header                         http.Header
}

// provider answers every request the same way and remembers the last one.

func provider(t *testing.T, status int, body string, got *received) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if got != nil {
			*got = received{r.Method, r.URL.String(), r.Header.Get("Content-Type"), string(raw), r.Header}
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	const whole = `function(ctx) ctx`
	form := map[string]secret.Text{"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
	for name, tc := range map[string]struct {
		change      func(*HTTPConfig)
		method      string
		contentType string
		header      [2]string
		body        string
	}{
		"everything that a snippet knows": {
			change: func(c *HTTPConfig) { c.Body = whole }, header: [2]string{"Authorization", "App " + apiKey},
			body: `{"callback_url":"","code":"481920","life_seconds":300,"locale":"pt_BR","purpose":"login","reference":"0190.2","text":"481920 é o código","to":"+12025550143"}`,
		},
		"with receipts": {
			change: func(c *HTTPConfig) {
				c.Body, c.Receipt = `function(ctx) {url: ctx.callback_url}`, `function(ctx) []`
				c.Callback = HTTPCallback{URL: "https://otp.example.com/webhooks/sms/http", APIKeys: []secret.Text{backKey + "&", "old"}}
			},
			body: `{"url":"https://otp.example.com/webhooks/sms/http?ref=0190.2\u0026key=invented-callback-key%26"}`,
		},
		"with receipts and a password": {
			change: func(c *HTTPConfig) {
				c.Body, c.Receipt = `function(ctx) {url: ctx.callback_url}`, `function(ctx) []`
				c.Callback = HTTPCallback{URL: "https://otp.example.com/x?a=1", BasicAuth: secret.BasicAuth{Username: "u", Password: backKey}}
			},
			body: `{"url":"https://otp.example.com/x?a=1\u0026ref=0190.2"}`,
		},
		"list":          {change: func(c *HTTPConfig) { c.Body = `function(ctx) [ctx.to, 1e20, 0.5, true]` }, body: `["+12025550143",100000000000000000000,0.5,true]`},
		"base64":        {change: func(c *HTTPConfig) { c.Body = Snippet("base64://" + base64.StdEncoding.EncodeToString([]byte(c.Body))) }, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"trailing note": {change: func(c *HTTPConfig) { c.Body += " // as agreed" }, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"locals first":  {change: func(c *HTTPConfig) { c.Body = "local from = 'Acme';\nfunction(message) {from: from, to: message.to}" }, body: `{"from":"Acme","to":"+12025550143"}`},
		"PUT":           {change: func(c *HTTPConfig) { c.Method = "PUT" }, method: "PUT", body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"form": {
			change: func(c *HTTPConfig) {
				c.Headers, c.Body = form, `function(ctx) {to: ctx.to, n: 5, yes: true, none: null, text: 'a&b=c'}`
			},
			contentType: form["content-type"].Reveal(), body: `n=5&text=a%26b%3Dc&to=%2B12025550143&yes=true`,
		},
		"header": {change: func(c *HTTPConfig) { c.Headers = map[string]secret.Text{"X-Account": "a b"} }, header: [2]string{"X-Account", "a b"}, body: `{"text":"481920 é o código","to":"+12025550143"}`},
		"cookie": {
			change: func(c *HTTPConfig) {
				c.Auth = HTTPAuth{Type: "api_key", Config: HTTPCredentials{In: "cookie", Name: "session", Value: apiKey}}
			},
			header: [2]string{"Cookie", "session=" + apiKey}, body: `{"text":"481920 é o código","to":"+12025550143"}`,
		},
		"basic": {
			change: func(c *HTTPConfig) {
				c.Auth = HTTPAuth{Type: "basic_auth", Config: HTTPCredentials{User: "u", Password: "p"}}
			},
			header: [2]string{"Authorization", "Basic dTpw"}, body: `{"text":"481920 é o código","to":"+12025550143"}`,
		},
		"no auth": {change: func(c *HTTPConfig) { c.Auth = HTTPAuth{} }, header: [2]string{"Authorization", ""}, body: `{"text":"481920 é o código","to":"+12025550143"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got received
			cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got)+"/send?account=7")
			tc.change(&cfg)
			o := outgoing(t, "481920", 5*time.Minute, "pt-PT")
			o.Purpose = courier.Login
			accepted, err := httpProvider(t, cfg).Send(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, courier.Taken{ProviderID: "m-1", Receipts: cfg.Receipt != ""}, accepted)
			want := received{tc.method, "/send?account=7", tc.contentType, tc.body, got.header}
			if want.method == "" {
				want.method = "POST"
			}
			if want.contentType == "" {
				want.contentType = "application/json"
			}
			require.Equal(t, want, got)
			if tc.header[0] != "" {
				require.Equal(t, tc.header[1], got.header.Get(tc.header[0]))
			}
		})
	}
}

func TestHTTPSnippetInAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "body.jsonnet")
	require.NoError(t, os.WriteFile(file, []byte(`function(ctx) {number: ctx.to}`), 0o600))
	var got received
	cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
	cfg.Body = Snippet("file://" + file)
	sender := httpProvider(t, cfg)
	// It is read at the start only.
	require.NoError(t, os.Remove(file))
	_, err := sender.Send(t.Context(), outgoing(t, "481920", time.Minute))
	require.NoError(t, err)
	require.JSONEq(t, `{"number":"+12025550143"}`, got.body)
}

func TestBodySnippetThatFailsOnlyForSomeMessages(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"error":      `function(ctx) if ctx.code == '735104' then {} else error 'no code ' + ctx.code`,
		"wrong type": `function(ctx) if ctx.code == '735104' then {} else ctx.code`,
		"runs away":  `function(ctx) local f(n) = 1 + f(n + 1); if ctx.code == '735104' then {} else {n: f(1)}`,
		"huge":       `function(ctx) if ctx.code == '735104' then {} else {n: std.repeat(ctx.code, 20000)}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := received{}
			cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
			cfg.Body = Snippet(body)
			_, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", time.Minute))
			failure := requireFailure(t, err, courier.ClassConfig)
			require.Contains(t, failure.Reason, "sms.http.body")
			require.Empty(t, got.method, "something was sent")
		})
	}
}

func TestSnippetsGetNoLifeBelowASecond(t *testing.T) {
	t.Parallel()
	var got received
	cfg := httpConfig(t, provider(t, 200, `{"id":"m-1"}`, &got))
	cfg.Body = `function(ctx) {ttl: ctx.life_seconds}`
	for life, want := range map[time.Duration]string{300 * time.Millisecond: `{"ttl":1}`, 2900 * time.Millisecond: `{"ttl":2}`} {
		_, err := httpProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", life))
		require.NoError(t, err)
		require.Equal(t, want, got.body)
	}
}

func TestHTTPRendersNoFaultyText(t *testing.T) {
	t.Parallel()
	cfg := httpConfig(t, "https://a.example")
	s := setup(t)
	s.Texts = texts(t, map[string]string{"en": "{{.Code}}{{if eq .Minutes 1}}{{slice .Code 99}}{{end}}"})
	made, err := NewHTTP(cfg, s)
	require.NoError(t, err)
	_, err = made.Send(t.Context(), outgoing(t, "481920", time.Minute))
	requireFailure(t, err, courier.ClassConfig)
}
