package doctor

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// good answers as a courier does.
func good(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusUnauthorized)
	case query.Get("hub.verify_token") != "a-verify-token" || query.Get("hub.mode") != "subscribe":
		w.WriteHeader(http.StatusForbidden)
	default:
		_, _ = w.Write([]byte(query.Get("hub.challenge")))
	}
}

func TestEachFaultOfTheWebhook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  []string
	}{
		"good":          {good, nil},
		"another token": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, []string{"error whatsapp.verify_token"}},
		"a login page":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, []string{"error --public-url"}},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://otp.example.com/", http.StatusMovedPermanently)
		}, []string{"error --public-url"}},
		"echoes any token": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = w.Write([]byte(r.URL.Query().Get("hub.challenge")))
				return
			}
			good(w, r)
		}, []string{"error --public-url"}},
		"takes forged webhooks": {func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				good(w, r)
			}
		}, []string{"error --public-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.serve)
			t.Cleanup(server.Close)
			var r Report
			Webhook{server.URL + webhookPath, "--public-url", "a-verify-token", exchange.New(exchange.Options{Timeout: 5 * time.Second})}.examine(t.Context(), &r)
			require.Equal(t, c.want, told(r.Findings))
		})
	}
}

func TestWebhookThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	var r Report
	Webhook{"http://127.0.0.1:1" + webhookPath, "--public-url", "a-verify-token", exchange.New(exchange.Options{})}.examine(t.Context(), &r)
	require.Equal(t, []string{"unknown --public-url"}, told(r.Findings))
	require.NotContains(t, r.Findings[0].What, "a-verify-token")
}
