package webhook_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Request struct {
			Query map[string]string
		}
		Responses struct {
			Match struct {
				Status int
				Body   string
			}
			Mismatch struct{ Status int }
		}
	}
	require.NoError(t, json.Unmarshal(fixture(t, "verify-handshake.json"), &recorded))

	for name, tc := range map[string]struct {
		change func(url.Values)
		ok     bool
	}{
		"right":           {func(url.Values) {}, true},
		"markup":          {func(q url.Values) { q.Set("hub.challenge", "<b>&1") }, true},
		"wrong token":     {func(q url.Values) { q.Set("hub.verify_token", "wrong") }, false},
		"longer token":    {func(q url.Values) { q.Set("hub.verify_token", token+"x") }, false},
		"no token":        {func(q url.Values) { q.Del("hub.verify_token") }, false},
		"wrong mode":      {func(q url.Values) { q.Set("hub.mode", "unsubscribe") }, false},
		"no mode":         {func(q url.Values) { q.Del("hub.mode") }, false},
		"nothing at all":  {func(q url.Values) { clear(q) }, false},
		"upper-case mode": {func(q url.Values) { q.Set("hub.mode", "SUBSCRIBE") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := url.Values{}
			for key, value := range recorded.Request.Query {
				query.Set(key, value)
			}
			tc.change(query)
			challenge := query.Get("hub.challenge")
			w := httptest.NewRecorder()
			handler(&sink{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/webhooks/meta?"+query.Encode(), nil))
			if tc.ok {
				require.Equal(t, recorded.Responses.Match.Status, w.Code)
				require.Equal(t, challenge, w.Body.String())
				require.True(t, strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain"))
				require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
				return
			}
			requireEnvelope(t, w, recorded.Responses.Mismatch.Status)
			if challenge != "" {
				require.NotContains(t, w.Body.String(), challenge)
			}
		})
	}
}
