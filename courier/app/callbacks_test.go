package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// Every example of deploy/sms is a valid part of a configuration.
func TestPresetsLoad(t *testing.T) {
	presets, err := filepath.Glob("../../deploy/sms/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, presets)
	for _, preset := range presets {
		_, err := load(t, append([]string{write(t, minimal), write(t, "fallback: {mode: whatsapp_or_sms}")}, filled(t, preset)...)...)
		require.NoError(t, err, preset)
	}
}

func TestFaultyJsonnetIsFoundAtTheStart(t *testing.T) {
	_, err := load(t, write(t, minimal), write(t, `
fallback: {mode: whatsapp_or_sms}
sms: {provider: http, http: {url: "https://sms.example.com", body: "function(ctx) {"}}
`))
	require.ErrorContains(t, err, "sms.http.body")
}

// The public listener serves the receipts of the provider in use, and refuses
// what no one vouches for.
func TestReceiptsOfTheProviderInUse(t *testing.T) {
	t.Parallel()
	twilio := config(t)
	silent := config(t)
	silent.SMS.Twilio.CallbackURL = ""
	other, err := load(t, filled(t, example, "../../deploy/sms/vonage.yml")...)
	require.NoError(t, err)
	other.DSN, other.Serve = "memory", twilio.Serve
	for name, c := range map[string]struct {
		config  *Config
		refuses string // knows this path, and refuses the request
	}{
		"twilio":              {twilio, "/webhooks/sms/twilio"},
		"twilio, no receipts": {silent, ""},
		"http":                {other, "/webhooks/sms/http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			public := "http://" + start(t, c.config).Addresses().Public
			for _, path := range []string{"/webhooks/sms/twilio", "/webhooks/sms/http"} {
				want := http.StatusNotFound
				if path == c.refuses {
					want = http.StatusUnauthorized
				}
				answer, _ := ask(t, http.MethodPost, public+path, strings.NewReader("MessageStatus=delivered"))
				require.Equal(t, want, answer.StatusCode, path)
			}
		})
	}
}

// What the sandbox can take is taken, and one byte more is refused as too large.
func TestTheLongestReceipts(t *testing.T) {
	t.Parallel()
	texts, err := sms.NewTexts(nil, "")
	require.NoError(t, err)
	seen := 0
	provider, err := sms.NewHTTP(sms.HTTPConfig{
		URL: "https://sms.example.com", Method: http.MethodPost, Body: `function(ctx) {}`,
		Receipt:  `function(ctx) if std.length(ctx.body) == 1 then [] else [{id: 'm-1', state: 'delivered'}]`,
		Callback: sms.HTTPCallback{APIKeys: []secret.Text{"an-invented-key"}},
	}, sms.Setup{Section: "sms", Texts: texts, Evaluator: measure{evaluator(t), &seen}})
	require.NoError(t, err)
	reported := 0
	setup := provider.Receipts(sms.ReceiptSetup{}, func(context.Context, []courier.Report) error { reported++; return nil })
	post := func(length int) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", length)))
		r.Header.Set("X-API-Key", "an-invented-key")
		w := httptest.NewRecorder()
		setup.ServeHTTP(w, r)
		return w
	}
	require.Equal(t, http.StatusNoContent, post(1).Code)
	longest := 1 + sms.MaxInput - seen

	require.Equal(t, http.StatusNoContent, post(longest).Code)
	require.Equal(t, sms.MaxInput, seen)
	require.Equal(t, 1, reported)

	answer := post(longest + 1)
	require.Equal(t, http.StatusRequestEntityTooLarge, answer.Code)
	require.Contains(t, answer.Body.String(), `"reason":"sms.http.receipt could not read the request: snippet and input have more than 60 KiB together`)
	require.Equal(t, http.StatusNoContent, post(longest).Code, "the next one suffers")
	require.Equal(t, 2, reported)
}

// measure tells how long the last request to the sandbox was, in bytes.
type measure struct {
	sms.Evaluator

	last *int
}

func (m measure) Evaluate(ctx context.Context, name, program string) (string, error) {
	request, err := json.Marshal(map[string]string{"Filename": name, "Snippet": program})
	if err != nil {
		return "", err
	}
	*m.last = len(request)
	return m.Evaluator.Evaluate(ctx, name, program)
}

// What fails on the way of an operator or of receipts shows in log and metrics.
func TestTroubleWithReceipts(t *testing.T) {
	t.Parallel()
	c, err := load(t, filled(t, example, "../../deploy/sms/vonage.yml")...)
	require.NoError(t, err)
	c.DSN, c.Serve.Private.Port, c.Serve.Public.Port = "memory", 0, 0
	c.SMS.HTTP.Receipt = `function(ctx) if std.length(ctx.body) > 0 then error 'not of my kind'`
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	troubles := func() string {
		_, text := ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
		_, count, _ := strings.Cut(text, "\nwhatsapp_courier_trouble_total ")
		count, _, _ = strings.Cut(count, "\n")
		return count
	}
	require.Equal(t, "0", troubles())

	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/webhooks/sms/http",
		strings.NewReader(`{"none":"of it"}`), "X-API-Key", "filled-in-with-a-random-key")
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Equal(t, "1", troubles())
	require.Contains(t, r.log.String(), "reading receipts")

	require.NoError(t, r.store.Close())
	answer, _ = ask(t, http.MethodGet, private+"/admin/deliveries", nil, "X-API-Key", adminKey)
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Contains(t, r.log.String(), "answering an operator")
	require.NotEqual(t, "1", troubles())
}
