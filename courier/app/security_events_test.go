package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// postedByMeta posts a change of the field `messages`, signed.
func postedByMeta(t *testing.T, r *running, value string) {
	t.Helper()
	body := `{"object":"whatsapp_business_account","entry":[{"id":"901","changes":[{"field":"messages","value":` + value + `}]}]}`
	mac := hmac.New(sha256.New, []byte("filled-in"))
	mac.Write([]byte(body))
	answer, text := ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/webhooks/meta", strings.NewReader(body),
		"X-Hub-Signature-256", fmt.Sprintf("sha256=%x", mac.Sum(nil)))
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
}

// fakeKratos counts the requests to its admin API, and answers them with a status.
func fakeKratos(t *testing.T, status int, asked *atomic.Int32) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodDelete || r.URL.Path != "/admin/identities/an-identity/sessions" || r.Header.Get("Authorization") != "Bearer a-token-of-kratos" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		asked.Add(1)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// ofAnIdentity is a login of someone whom Kratos knows.
func ofAnIdentity(code string) string {
	return strings.NewReplacer("135790", code, `"template_data":{`, `"template_data":{"identity":{"id":"an-identity"},`).Replace(login)
}

const changedIdentity = `{"messages":[{"from":"12025550143","type":"system","system":{"type":"customer_identity_changed","identity":"h"}}]}`

func TestSecurityEventsAreActedOnWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		revoke, block []string
		status        int
		audit         []string
		suppressed    bool
	}{
		"nothing is wanted":        {nil, nil, http.StatusNoContent, nil, false},
		"after another event":      {[]string{"not_requested"}, []string{"not_requested"}, http.StatusNoContent, nil, false},
		"sessions":                 {[]string{"identity_changed"}, nil, http.StatusNoContent, []string{"revoke_sessions done"}, false},
		"the number":               {nil, []string{"identity_changed"}, http.StatusNoContent, []string{"block_number done"}, true},
		"both, and Kratos refuses": {[]string{"identity_changed"}, []string{"identity_changed"}, http.StatusForbidden, []string{"block_number done", "revoke_sessions failed"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			config := config(t)
			config.Log.Format = "json"
			config.Kratos.AdminURL, config.Kratos.AdminToken = fakeKratos(t, c.status, &asked), "a-token-of-kratos"
			config.SecurityEvents.RevokeSessions, config.SecurityEvents.BlockNumber = c.revoke, c.block
			r := start(t, config)
			private := "http://" + r.Addresses().Private
			post := func(code string) string {
				answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(ofAnIdentity(code)), "X-API-Key", kratosKey)
				require.Equal(t, http.StatusNoContent, answer.StatusCode)
				return answer.Header.Get("X-Delivery-Id")
			}
			first := post("135790")
			postedByMeta(t, r, changedIdentity)
			postedByMeta(t, r, changedIdentity)
			require.Eventually(t, func() bool { return len(audited(t, r.log.String())) >= len(c.audit) }, 30*time.Second, 10*time.Millisecond)
			var seen []string
			for _, line := range audited(t, r.log.String()) {
				seen = append(seen, fmt.Sprint(line["action"], " ", line["outcome"]))
				require.Equal(t, []any{first, "identity_changed"}, []any{line["delivery"], line["alert"]})
			}
			require.ElementsMatch(t, c.audit, seen)
			require.Equal(t, strings.Contains(fmt.Sprint(c.audit), "revoke"), asked.Load() == 1)
			require.InDelta(t, float64(strings.Count(fmt.Sprint(c.audit), "revoke_sessions failed")), testutil.ToFloat64(r.works.metrics.revocations.WithLabelValues("failed")), 0)

			_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+first, nil, "X-API-Key", adminKey)
			require.Equal(t, len(c.audit) > 0, strings.Contains(text, `"alert":"identity_changed"`), "where nothing follows from it, it is no delivery's")
			_, text = ask(t, http.MethodGet, private+"/admin/deliveries/"+post("135791"), nil, "X-API-Key", adminKey)
			require.Equal(t, c.suppressed, strings.Contains(text, `"reason":"number_blocked"`), text)
			_, text = ask(t, http.MethodPost, private+"/admin/limits/search", strings.NewReader(`{"phone":"+12025550143"}`), "X-API-Key", adminKey)
			require.Equal(t, !c.suppressed, strings.Contains(text, `"blocked_until":null`), text)
			require.NotContains(t, r.log.String(), "a-token-of-kratos")
			require.NotContains(t, r.log.String(), "2025550143")
		})
	}
}

// Whoever gets a code to register has no identity yet, and so no sessions.
func TestNoSessionsOfNobodyAreEnded(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := config(t)
	c.Log.Format = "json"
	c.Kratos.AdminURL, c.SecurityEvents.RevokeSessions = fakeKratos(t, http.StatusNoContent, &asked), []string{"identity_changed"}
	r := start(t, c)
	_, _ = ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	postedByMeta(t, r, changedIdentity)
	lines := audited(t, r.log.String())
	require.Len(t, lines, 1)
	require.Equal(t, []any{"failed", "the delivery has no identity"}, []any{lines[0]["outcome"], lines[0]["detail"]})
	require.Zero(t, asked.Load())
}

// What Meta tells of a number to which no delivery is kept concerns the next code for it.
func TestANumberWithoutADeliveryIsBlocked(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := config(t)
	c.Log.Format = "json"
	c.Kratos.AdminURL = fakeKratos(t, http.StatusNoContent, &asked)
	c.SecurityEvents.RevokeSessions, c.SecurityEvents.BlockNumber = []string{"identity_changed"}, []string{"identity_changed"}
	r := start(t, c)
	told := strings.Replace(changedIdentity, `"type"`, fmt.Sprintf(`"timestamp":"%d","type"`, time.Now().Unix()), 1)
	for range 2 {
		postedByMeta(t, r, told)
	}
	postedByMeta(t, r, strings.Replace(told, `"from":"12025550143",`, "", 1))
	var seen [][]any
	for _, line := range audited(t, r.log.String()) {
		seen = append(seen, []any{line["action"], line["outcome"], line["delivery"], line["alert"]})
	}
	require.Equal(t, [][]any{{"block_number", "done", nil, "identity_changed"}, {"revoke_sessions", "failed", nil, "identity_changed"}}, seen, "once")
	require.Contains(t, r.log.String(), errNoDelivery.Error())
	require.NotContains(t, r.log.String(), "2025550143")
	require.Zero(t, asked.Load())

	private := "http://" + r.Addresses().Private
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+answer.Header.Get("X-Delivery-Id"), nil, "X-API-Key", adminKey)
	require.Contains(t, text, `"reason":"number_blocked"`)
}

// A Kratos that is down is tried beside the deliveries, which do not wait for it, and
// what a courier that stops has not done is done by the next one.
func TestNothingWaitsForKratosAndNothingIsLost(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(held) })
	c := config(t)
	c.Log.Format = "json"
	c.DSN = "sqlite://" + filepath.Join(t.TempDir(), "courier.sqlite")
	c.Kratos.AdminURL, c.Kratos.AdminToken, c.SecurityEvents.RevokeSessions = server.URL, "a-token-of-kratos", []string{"identity_changed"}
	r := start(t, c)
	post := func(body string) string {
		answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
		return answer.Header.Get("X-Delivery-Id")
	}
	first := post(ofAnIdentity("135790"))
	for range 3 {
		postedByMeta(t, r, changedIdentity)
	}
	post(strings.Replace(ofAnIdentity("135791"), "+12025550143", "+12025550144", 1))
	require.NoError(t, r.stop(), "it gives up when it stops")
	require.Empty(t, audited(t, r.log.String()))

	var asked atomic.Int32
	c.Kratos.AdminURL = fakeKratos(t, http.StatusNoContent, &asked)
	next := start(t, c)
	require.Eventually(t, func() bool { return len(audited(t, next.log.String())) > 0 }, 30*time.Second, 10*time.Millisecond)
	line := audited(t, next.log.String())[0]
	require.Equal(t, []any{"revoke_sessions", "done", first, "identity_changed"}, []any{line["action"], line["outcome"], line["delivery"], line["alert"]})
	owed, err := next.store.Events(t.Context(), courier.RevocationsOwed(time.Now()), 9)
	require.NoError(t, err)
	require.Empty(t, owed)
	require.NoError(t, next.stop())
	require.EqualValues(t, 1, asked.Load())
}

func TestRevokingNeedsKratosAdminAPI(t *testing.T) {
	t.Parallel()
	for settings, fault := range map[string]string{
		"security_events: {revoke_sessions: [not_requested]}": "kratos.admin_url: missing",
		"security_events: {revoke_sessions: [anything]}":      "security_events.revoke_sessions.0:",
		"security_events: {block_for: 0s}":                    "security_events.block_for: must be longer than 0s",
		"kratos: {admin_url: 127.0.0.1:4434}":                 "kratos.admin_url: must be a URL",
	} {
		_, err := load(t, write(t, minimal), write(t, settings))
		require.ErrorContains(t, err, fault, settings)
	}
}
