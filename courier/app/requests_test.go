package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Kratos' and Meta's requests are counted; a line is written of those that fail, and of
// what operators do.
func TestRequestsAreCountedAndFewAreLogged(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private, public := "http://"+r.Addresses().Private, "http://"+r.Addresses().Public
	for _, c := range []struct {
		name, method, url, key, body string
		listener, route, status      string
		logged                       bool
	}{
		{"a message", http.MethodPost, private + "/kratos/messages", kratosKey, login, "private", "/kratos/messages", "204", false},
		{"a message that is none", http.MethodPost, private + "/kratos/messages", kratosKey, "{}", "private", "/kratos/messages", "400", true},
		{"an event", http.MethodPost, private + "/kratos/events", kratosKey, `{"event":"login","identity_id":"x"}`, "private", "/kratos/events", "204", false},
		{"a webhook that is not signed", http.MethodPost, public + "/webhooks/meta", "", "{}", "public", "/webhooks/meta", "401", true},
		{"a health check", http.MethodGet, private + "/health/alive", "", "", "private", "/health/alive", "200", false},
		{"an operator", http.MethodGet, private + "/admin/status", adminKey, "", "private", "/admin/status", "200", true},
	} {
		_, _ = ask(t, c.method, c.url, strings.NewReader(c.body), "X-API-Key", c.key)
		_, metrics := ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
		require.Contains(t, metrics, `request_duration_seconds_count{listener="`+c.listener+`",route="`+c.route+`",status="`+c.status+`"} 1`, c.name)
		lines := 0
		for line := range strings.Lines(r.log.String()) {
			if strings.Contains(line, "completed handling request") && strings.Contains(line, "route="+c.route) && strings.Contains(line, "status="+c.status) {
				lines++
			}
		}
		require.Equal(t, c.logged, lines == 1, "%s\n%s", c.name, r.log.String())
	}
}
