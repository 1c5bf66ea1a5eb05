package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reloading is a running courier whose configuration is a file.
type reloading struct {
	*running
	t       *testing.T
	file    string
	hangups chan os.Signal
	token   atomic.Value
	sms     *output
	phone   int
}

// reloadable is a configuration whose Meta is at a URL.
const reloadable = `
dsn: memory
serve: {private: {port: 0}, public: {port: 0}}
secrets: {cipher: ["0123456789012345678901234567890123456789"], lookup: "9876543210987654321098765432109876543210"}
kratos: {api_keys: ["first-key-of-kratos"]}
admin: {api_keys: ["first-key-of-admin"]}
whatsapp: {base_url: "URL", phone_number_id: "106540352242922", access_token: first-token, app_secrets: [first-app-secret], verify_token: first-verify}
sms: {provider: console, texts: {en: "first {{ .Code }}"}}
log: {level: info}
`

func startReloading(t *testing.T) *reloading {
	t.Helper()
	r := &reloading{t: t, hangups: make(chan os.Signal, 1), sms: &output{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.token.Store(request.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.dGVzdA=="}]}`)
	}))
	t.Cleanup(server.Close)
	r.file = write(t, strings.Replace(reloadable, "URL", server.URL, 1))
	c, err := load(t, r.file)
	require.NoError(t, err)
	r.running = startWith(t, c, Options{Console: r.sms, Reload: r.hangups, Read: func(ctx context.Context) (*Config, error) {
		return LoadConfig(ctx, []string{r.file})
	}})
	return r
}

// change replaces texts in the file, asks for a reload, and waits for what the log says.
func (r *reloading) change(says string, replace ...string) {
	r.t.Helper()
	text, err := os.ReadFile(r.file)
	require.NoError(r.t, err)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(r.t, string(text), replace[i])
	}
	require.NoError(r.t, os.WriteFile(r.file, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o600))
	seen := strings.Count(r.log.String(), says)
	r.hangups <- syscall.SIGHUP
	require.Eventually(r.t, func() bool { return strings.Count(r.log.String(), says) > seen }, 30*time.Second, 10*time.Millisecond, r.log)
}

const reread = "The configuration was read again."

// post sends a message for a new number and returns the answer's status.
func (r *reloading) post(key, more string) int {
	r.t.Helper()
	r.phone++
	message := strings.Replace(login, "+12025550143", "+120255501"+string(rune('0'+r.phone/10))+string(rune('0'+r.phone%10)), 1)
	answer, _ := ask(r.t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(strings.Replace(message, `"template_data":{`, `"template_data":{`+more, 1)), "X-API-Key", key)
	return answer.StatusCode
}

func (r *reloading) metric(line string) bool {
	_, text := ask(r.t, http.MethodGet, "http://"+r.Addresses().Private+"/metrics/prometheus", nil)
	return strings.Contains(text, line+"\n")
}

func TestReloadTakesKeysSecretsLimitsTextsAndTheLogLevel(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	require.Equal(t, http.StatusNoContent, r.post("first-key-of-kratos", ""))
	require.Eventually(t, func() bool { return r.token.Load() == "Bearer first-token" }, 30*time.Second, 10*time.Millisecond)
	sealedBy := r.store.(interface{ SealsBy() string }).SealsBy()
	require.NotContains(t, r.log.String(), "level=debug")
	require.Eventually(t, func() bool { return r.rotation.left() != nil }, 30*time.Second, 10*time.Millisecond, "they are counted at the start")

	r.change(reread, "first-key-of-kratos", "second-key-of-kratos", "first-key-of-admin", "second-key-of-admin",
		"first-token", "second-token", "first-app-secret", "second-app-secret", "first-verify", "second-verify",
		`["0123456789`, `["another-one-012345678901234567890123456789", "0123456789`, "level: info", "level: debug", "first {{", "second {{")
	require.Equal(t, http.StatusUnauthorized, r.post("first-key-of-kratos", ""))
	require.Equal(t, http.StatusNoContent, r.post("second-key-of-kratos", ""))
	require.Eventually(t, func() bool { return r.token.Load() == "Bearer second-token" }, 30*time.Second, 10*time.Millisecond)
	require.NotEqual(t, sealedBy, r.store.(interface{ SealsBy() string }).SealsBy())
	old := r.rotation.left()
	require.True(t, old == nil || *old > 0, "a 0 from before the reload reads as leave to remove the old secret")
	require.Contains(t, r.log.String(), "level=debug")
	require.Equal(t, http.StatusNoContent, r.post("second-key-of-kratos", `"transient_payload":{"channel":"sms"},`))
	require.Eventually(t, func() bool { return strings.Contains(r.sms.String(), "second 135790") }, 30*time.Second, 10*time.Millisecond, r.log)

	status := func(method, path string, headers ...string) int {
		answer, _ := ask(t, method, path, nil, headers...)
		return answer.StatusCode
	}
	private, public := "http://"+r.Addresses().Private, "http://"+r.Addresses().Public
	require.Equal(t, http.StatusUnauthorized, status(http.MethodGet, private+"/admin/status", "X-API-Key", "first-key-of-admin"))
	require.Equal(t, http.StatusOK, status(http.MethodGet, private+"/admin/status", "X-API-Key", "second-key-of-admin"))
	handshake := public + "/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
	require.Equal(t, http.StatusForbidden, status(http.MethodGet, handshake+"first-verify"))
	require.Equal(t, http.StatusOK, status(http.MethodGet, handshake+"second-verify"))

	r.change(reread, "log:", "limits: {countries: {refuse: [US]}}\nlog:")
	require.Equal(t, http.StatusNoContent, r.post("second-key-of-kratos", ""))
	require.Eventually(t, func() bool { return strings.Contains(r.log.String(), "country_not_served") }, 30*time.Second, 10*time.Millisecond, r.log)
	r.change(reread, "limits: {countries: {refuse: [US]}}", "", "sms: {", "sms: {max_per_hour: 1, ")
	require.Equal(t, http.StatusNoContent, r.post("second-key-of-kratos", `"transient_payload":{"channel":"sms"},`))
	require.Eventually(t, func() bool { return strings.Contains(r.log.String(), "sms_total_limit") }, 30*time.Second, 10*time.Millisecond)
	for _, secret := range []string{"second-token", "second-app-secret", "second-key", "another-one", "second-verify"} {
		require.NotContains(t, r.log.String(), secret)
	}
}

func TestReloadTakesThePricesOfReports(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	cost := func() string {
		_, text := ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/admin/reports", nil, "X-API-Key", "first-key-of-admin")
		var report struct {
			Currency string
			Total    struct {
				Cost     float64
				Unpriced int
			}
		}
		require.NoError(t, json.Unmarshal([]byte(text), &report), text)
		return fmt.Sprint(report.Currency, report.Total.Cost, report.Total.Unpriced)
	}
	require.Equal(t, http.StatusNoContent, r.post("first-key-of-kratos", `"transient_payload":{"channel":"sms"},`))
	require.Eventually(t, func() bool { return cost() == "USD0 1" }, 30*time.Second, 10*time.Millisecond, "an SMS without a price")
	r.change(reread, "log:", "reports: {currency: EUR, prices: [{channel: sms, price: 0.5}]}\nlog:")
	require.Equal(t, "EUR0.5 0", cost())
	r.change(reread, "price: 0.5", "price: 0.25")
	require.Equal(t, "EUR0.25 0", cost())
	require.NotContains(t, r.log.String(), "take a restart")
	r.change("the old one stays in use", "price: 0.25", "price: -1")
	require.Equal(t, "EUR0.25 0", cost())
}

func TestAFaultyConfigurationChangesNothing(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	const faulty = "the old one stays in use"
	r.change(faulty, "first-key-of-kratos", "short-key")
	require.Contains(t, r.log.String(), "kratos.api_keys.0: must have at least 16 characters")
	require.NotContains(t, r.log.String(), "short-key")
	require.Equal(t, http.StatusNoContent, r.post("first-key-of-kratos", ""))
	require.True(t, r.metric("whatsapp_courier_config_last_reload_successful 0"))

	r.change(reread, "short-key", "second-key-of-kratos")
	require.Equal(t, http.StatusNoContent, r.post("second-key-of-kratos", ""))
	require.True(t, r.metric("whatsapp_courier_config_last_reload_successful 1"))

	r.change(faulty, "dsn:", "dsn: [")
	r.change("These settings have changed too", "dsn: [", "dsn:", "level: info", "level: info, format: json", "second-key", "third-key")
	require.Contains(t, r.log.String(), "log.format")
	require.Equal(t, http.StatusNoContent, r.post("third-key-of-kratos", ""), "what can be taken is taken")

	// As a whole the file is right, but the mode takes a restart, and with the running one
	// the token is needed.
	r.change(faulty, "third-key", "fourth-key", "first-token", `""`, "sms:", "fallback: {mode: sms_only}\nsms:")
	require.Equal(t, http.StatusNoContent, r.post("third-key-of-kratos", ""))
}
