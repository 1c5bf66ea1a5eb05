package app

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every example of deploy/sms is a valid part of a configuration.
func TestPresetsLoad(t *testing.T) {
	presets, err := filepath.Glob("../../deploy/sms/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, presets)
	for _, preset := range presets {
		_, err := load(t, write(t, minimal), write(t, "fallback: {mode: whatsapp_or_sms}"), preset)
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
// what nobody vouches for.
func TestReceiptsOfTheProviderInUse(t *testing.T) {
	t.Parallel()
	twilio := config(t)
	silent := config(t)
	silent.SMS.Twilio.CallbackURL = ""
	other, err := load(t, example, "../../deploy/sms/vonage.yml")
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

// What fails on the way of an operator or of receipts shows in log and metrics.
func TestTroubleAtTheDoors(t *testing.T) {
	t.Parallel()
	c, err := load(t, example, "../../deploy/sms/vonage.yml")
	require.NoError(t, err)
	c.DSN, c.Serve.Private.Port, c.Serve.Public.Port = "memory", 0, 0
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	troubles := func() string {
		_, text := ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
		_, count, _ := strings.Cut(text, "\nwhatsapp_courier_trouble_total ")
		count, _, _ = strings.Cut(count, "\n")
		return count
	}
	require.Empty(t, troubles())

	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/webhooks/sms/http",
		strings.NewReader(`{"none":"of it"}`), "X-API-Key", "replace-me-with-a-random-key")
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Equal(t, "1", troubles())
	require.Contains(t, r.log.String(), "reading receipts")

	require.NoError(t, r.store.Close())
	answer, _ = ask(t, http.MethodGet, private+"/admin/deliveries", nil, "X-API-Key", adminKey)
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Contains(t, r.log.String(), "answering an operator")
	require.NotEqual(t, "1", troubles())
}
