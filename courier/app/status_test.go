package app

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

const pageToken = "00112233445566778899aabbccddeeff"

// loginWithToken is a message that a login page can ask about.
func loginWithToken(code string) string {
	return `{"recipient":"+12025550143","template_type":"login_code_valid","template_data":{"login_code":"` + code +
		`","transient_payload":{"delivery_token":"` + pageToken + `"}}}`
}

func withStatus(c *Config) *Config {
	c.Status.Enabled = true
	c.Status.Origins = []string{"https://login.example.com"}
	return c
}

func postMessage(t *testing.T, r *running, body string) {
	t.Helper()
	answer, text := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey)
	require.Equal(t, http.StatusNoContent, answer.StatusCode, text)
}

func statusOf(t testing.TB, r *running, token string) string {
	t.Helper()
	answer, text := ask(t, http.MethodGet, "http://"+r.Addresses().Public+"/status", nil, "X-Delivery-Token", token)
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	return text
}

func TestLoginPagesMayNotAskUnlessConfigured(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	postMessage(t, r, loginWithToken("135790"))
	for _, listener := range []string{r.Addresses().Public, r.Addresses().Private} {
		answer, _ := ask(t, http.MethodGet, "http://"+listener+"/status", nil, "X-Delivery-Token", pageToken)
		require.Equal(t, http.StatusNotFound, answer.StatusCode)
	}
	token, err := courier.NewToken(pageToken)
	require.NoError(t, err)
	_, err = r.store.ByToken(t.Context(), token)
	require.ErrorIs(t, err, courier.ErrNotFound, "nothing is kept that nobody may ask for")
}

func TestALoginPageIsToldWhereToLook(t *testing.T) {
	t.Parallel()
	c := withStatus(config(t))
	c.Limits.PerNumber.Max = 2
	r := start(t, c)
	require.JSONEq(t, `{"state":"sending"}`, statusOf(t, r, pageToken))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.Addresses().Public+"/status", nil)
	require.NoError(t, err)
	request.Header.Set("X-Delivery-Token", pageToken)
	request.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	next := func() string {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		require.NoError(t, lines.Err())
		require.Fail(t, "the stream has ended")
		return ""
	}
	require.JSONEq(t, `{"state":"sending"}`, next())
	postMessage(t, r, loginWithToken("135790"))
	require.Regexp(t, `^{"state":"check_whatsapp","received_at":"[^"]+Z","sms_at":"[^"]+Z","ends_at":"[^"]+Z"}$`, next())
	postMessage(t, r, loginWithToken("135791"))
	require.Contains(t, next(), `"next_code_at":"`, "the limit is told before the click that would spend the code")
	postMessage(t, r, loginWithToken("135792"))
	require.Regexp(t, `^{"state":"limited","received_at":"[^"]+Z","next_code_at":"[^"]+Z"}$`, next())
	require.Equal(t, "limited", stateIn(statusOf(t, r, pageToken)))

	answer, _ := ask(t, http.MethodOptions, "http://"+r.Addresses().Public+"/status", nil, "Origin", "https://login.example.com")
	require.Equal(t, "https://login.example.com", answer.Header.Get("Access-Control-Allow-Origin"))
	answer, _ = ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/status", nil)
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
	cancel()
	require.NoError(t, r.stop())
	require.NotContains(t, r.log.String(), pageToken)
}

// stateIn is the state in an answer.
func stateIn(answer string) string {
	_, rest, _ := strings.Cut(answer, `"state":"`)
	state, _, _ := strings.Cut(rest, `"`)
	return state
}

// Refusals do not fill the log, and the first one says what to look at.
func TestTooManyQuestionsOfOneAddress(t *testing.T) {
	t.Parallel()
	c := withStatus(config(t))
	c.Status.PerClient = 2
	c.Serve.TrustedProxies = []string{"127.0.0.1"}
	r := start(t, c)
	from := func(address string) int {
		answer, _ := ask(t, http.MethodGet, "http://"+r.Addresses().Public+"/status", nil, "X-Delivery-Token", pageToken, "X-Forwarded-For", address)
		return answer.StatusCode
	}
	for range 2 {
		require.Equal(t, http.StatusOK, from("192.0.2.1"))
	}
	for range 5 {
		require.Equal(t, http.StatusTooManyRequests, from("192.0.2.1"))
	}
	require.Equal(t, http.StatusOK, from("192.0.2.2"))
	require.NoError(t, r.stop())
	require.Equal(t, 1, strings.Count(r.log.String(), "serve.trusted_proxies"))
	require.NotContains(t, r.log.String(), "completed handling request")
}

func TestTheStatusStopsWithTheCourier(t *testing.T) {
	t.Parallel()
	r := start(t, withStatus(config(t)))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Addresses().Public+"/status", nil)
	require.NoError(t, err)
	request.Header.Set("X-Delivery-Token", pageToken)
	request.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer stream.Body.Close()
	require.NoError(t, r.stop())
	require.NotContains(t, r.log.String(), "still under way")
}

func TestSettingsOfTheStatusThatDoNotFit(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{
		"status: {enabled: true, max_streams: 600}":                                          "status.max_streams: must not be more than half of serve.public.max_connections",
		"status: {enabled: true}\nserve: {public: {max_connections: 100}}":                   "status.max_streams",
		"status: {enabled: true, origins: [\"https://login.example.com/\"]}":                 "status.origins.0",
		"status: {enabled: true, origins: [\"*\"]}":                                          "status.origins.0",
		"status: {enabled: true, per_client: 0}":                                             "status.per_client",
		"status: {enabled: true}\nserve: {public: {tls: {client_ca: {path: /nowhere.pem}}}}": "serve.public.tls.client_paths: must not cover /status",
	} {
		_, err := load(t, write(t, minimal), write(t, more))
		require.ErrorContains(t, err, want)
	}
	for _, more := range []string{
		"status: {max_streams: 600}", "status: {enabled: true}", "status: {enabled: true, max_streams: 600}\nserve: {public: {max_connections: 0}}",
		"status: {enabled: true, origins: [\"http://127.0.0.1:4455\"]}",
	} {
		c, err := load(t, write(t, minimal), write(t, more))
		require.NoError(t, err)
		require.Equal(t, c.Status.Enabled, c.limits().KeepPlaces)
	}
}
