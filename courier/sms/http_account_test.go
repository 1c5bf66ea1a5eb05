package sms

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

var _ Examiner = (*HTTP)(nil)

func TestCredentialsOfAnyProviderAreTriedByReading(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][]Ailment{
		http.StatusOK:           nil,
		http.StatusUnauthorized: {{Severity: Wrong, Where: "sms.http.auth"}},
		http.StatusForbidden:    {{Severity: Wrong, Where: "sms.http.auth"}},
		http.StatusNotFound:     {{Severity: Unknown, Where: "sms.http.account_url"}},
		http.StatusBadGateway:   {{Severity: Unknown, Where: "sms.http.account_url"}},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != "/balance" || r.Header.Get("Authorization") != "Bearer a-secret-key" || r.Header.Get("X-Tenant") != "seven" {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		sender := accountOf(t, server.URL+"/balance")
		require.True(t, sender.Examinable())
		said := sender.Examine(t.Context())
		require.NotEmpty(t, said.Date)
		require.Equal(t, want == nil, said.Described != "")
		for i, a := range said.Ailments {
			require.NotEmpty(t, a.Do)
			require.NotContains(t, a.What, "a-secret-key")
			said.Ailments[i].What, said.Ailments[i].Do = "", ""
		}
		require.Equal(t, want, said.Ailments, status)
	}
	said := accountOf(t, "http://127.0.0.1:1/balance").Examine(t.Context())
	require.Equal(t, Unknown, said.Ailments[0].Severity)
	require.False(t, accountOf(t, "").Examinable())
}

// accountOf is a sender whose account is at a URL.
func accountOf(t *testing.T, url string) *HTTP {
	t.Helper()
	s := setup(t)
	s.Evaluator = inProcess{}
	made, err := NewHTTP(HTTPConfig{
		URL: "https://api.example.com/messages", Method: http.MethodPost, AccountURL: url, Body: "function(ctx) {to: ctx.to, text: ctx.text}",
		Headers: map[string]secret.Text{"X-Tenant": "seven"},
		Auth:    HTTPAuth{Type: "api_key", Config: HTTPCredentials{In: "header", Name: "Authorization", Value: "Bearer a-secret-key"}},
	}, s)
	require.NoError(t, err)
	return made
}
