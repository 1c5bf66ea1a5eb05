package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// A header that anyone can write is not believed.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		remote, forwarded string
		want              string
	}{
		"the connection":                {"203.0.113.9:4321", "", "203.0.113.9"},
		"a stranger's header":           {"203.0.113.9:4321", "198.51.100.7", "203.0.113.9"},
		"a trusted proxy's":             {"10.1.2.3:4321", "198.51.100.7", "198.51.100.7"},
		"through two proxies":           {"10.1.2.3:4321", "198.51.100.7, 10.9.9.9", "198.51.100.7"},
		"what the client wrote before":  {"10.1.2.3:4321", "1.1.1.1, 198.51.100.7", "198.51.100.7"},
		"no address":                    {"10.1.2.3:4321", "+12025550143 code 481920", "10.1.2.3"},
		"an address with a port":        {"10.1.2.3:4321", "198.51.100.7:80", "10.1.2.3"},
		"an address with a zone":        {"10.1.2.3:4321", "fe80::1%" + strings.Repeat("z", 60_000), "10.1.2.3"},
		"a proxy that says nothing":     {"10.1.2.3:4321", "", "10.1.2.3"},
		"IPv6":                          {"[fd00::1]:4321", "2001:db8::7", "2001:db8::7"},
		"IPv4 in IPv6":                  {"[::ffff:10.1.2.3]:4321", "198.51.100.7", "198.51.100.7"},
		"no connection (a unix socket)": {"@", "198.51.100.7", ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		r.Header.Set("X-Real-IP", "+12025550143 code 481920")
		require.Equal(t, c.want, clientAddress(r, trusted), name)
	}
	bySocket := httptest.NewRequest(http.MethodPost, "/", nil)
	bySocket.RemoteAddr = "@"
	require.Empty(t, clientAddress(bySocket, append(trusted, viaSocket)))
	bySocket.Header.Set("X-Forwarded-For", "198.51.100.7")
	require.Equal(t, "198.51.100.7", clientAddress(bySocket, append(trusted, viaSocket)))
	for text, want := range map[string]string{"10.0.0.0/8": "10.0.0.0/8", "10.1.2.3": "10.1.2.3/32", "::1": "::1/128"} {
		got, err := parseNetwork(text)
		require.NoError(t, err)
		require.Equal(t, want, got.String())
	}
	_, err := parseNetwork("proxy")
	require.Error(t, err)
}

// Nothing that a client writes makes a log line long, or gets into it.
func TestLogHoldsNothingThatAClientWrites(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	const canary = "+12025550143-code-481920"
	long := strings.Repeat(canary, 1000)
	for _, url := range []string{"http://" + r.Addresses().Public + "/webhooks/meta", "http://" + r.Addresses().Private + "/kratos/messages"} {
		ask(t, http.MethodPost, url+"?q="+canary, strings.NewReader("{}"), "X-Real-IP", long, "X-Forwarded-For", long, "User-Agent", long,
			"X-Request-Id", long, "Traceparent", long, "X-Hub-Signature-256", long)
		request, err := http.NewRequestWithContext(t.Context(), canary, url, nil)
		if err == nil {
			answer, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
		}
		ask(t, strings.Repeat("METHOD", 5000), url, nil)
		ask(t, http.MethodGet, url+"/"+canary, nil)
	}
	require.Eventually(t, func() bool { return strings.Count(r.log.String(), "A request was refused.") >= 4 }, 30*time.Second, 10*time.Millisecond)
	require.NotContains(t, r.log.String(), canary)
	for line := range strings.Lines(r.log.String()) {
		require.Less(t, len(line), 1000, line[:min(len(line), 300)])
	}
}

// Kratos follows no redirects, and says so nowhere.
func TestPathsAreCleanedAndNeverRedirected(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	for _, path := range []string{"//kratos/messages", "/kratos//messages", "/kratos/messages/", "/./kratos/messages", "/x/../kratos/messages"} {
		answer, text := ask(t, http.MethodPost, private+path, strings.NewReader(login), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode, "%s: %s", path, text)
	}
	answer, _ := ask(t, http.MethodGet, private+"//health//ready", nil)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	answer, _ = ask(t, http.MethodPost, "http://"+r.Addresses().Public+"//webhooks//meta", strings.NewReader("{}"))
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode, "it reaches Meta's webhook")
	answer, _ = ask(t, http.MethodGet, "http://"+r.Addresses().Public+"//kratos/messages", nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Whoever set up the other side sees only a status: the log says what to compare.
func TestRefusalsAreCountedAndExplained(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private, public := "http://"+r.Addresses().Private, "http://"+r.Addresses().Public
	for _, c := range []struct {
		method, url, key        string
		listener, route, reason string
		says                    string
	}{
		{http.MethodPost, private + "/kratos/message", kratosKey, "private", "other", "no_route", "/kratos/messages for the channel"},
		{http.MethodGet, private + "/kratos/messages", kratosKey, "private", "/kratos/messages", "method", "set method: POST"},
		{http.MethodPost, private + "/kratos/messages", "wrong-key", "private", "/kratos/messages", "credentials", "kratos.api_keys"},
		{http.MethodPost, private + "/kratos/messages", kratosKey, "private", "/kratos/messages", "not_understood", "message.jsonnet"},
		{http.MethodPost, private + "/kratos/events", kratosKey, "private", "/kratos/events", "not_understood", "event.*.jsonnet"},
		{http.MethodGet, private + "/admin/deliveries/x", "wrong-key", "private", "/admin/deliveries/{id}", "credentials", "admin.api_keys"},
		{http.MethodPost, public + "/webhooks/meta", "", "public", "/webhooks/meta", "credentials", "whatsapp.app_secrets"},
		{http.MethodPost, public + "/webhooks/sms/twilio", "", "public", "/webhooks/sms/twilio", "credentials", "those of twilio under sms"},
		{http.MethodPost, public + "/webhook", "", "public", "other", "no_route", "Callback URLs end in"},
	} {
		for range 3 {
			answer, _ := ask(t, c.method, c.url, strings.NewReader("{}"), "X-API-Key", c.key)
			require.GreaterOrEqual(t, answer.StatusCode, 400, c.url)
		}
		_, metrics := ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
		require.Contains(t, metrics, `requests_refused_total{listener="`+c.listener+`",reason="`+c.reason+`",route="`+c.route+`"} 3`, c.url)
		require.Equal(t, 1, strings.Count(r.log.String(), c.says), "%s: once a minute\n%s", c.url, r.log.String())
	}
}

func TestRefusalsAreWarnedOfOnceAMinute(t *testing.T) {
	t.Parallel()
	now, log := time.Now(), &output{}
	f := &refusals{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), listener: "private", now: func() time.Time { return now }}
	warnings := func() int { return strings.Count(log.String(), "A request was refused.") }
	for range 5 {
		f.refused("/kratos/messages", http.MethodPost, http.StatusUnauthorized)
	}
	require.Equal(t, 1, warnings())
	f.refused("/kratos/messages", http.MethodGet, http.StatusMethodNotAllowed)
	require.Equal(t, 2, warnings(), "another kind")
	now = now.Add(warnEvery)
	f.refused("/kratos/messages", http.MethodPost, http.StatusUnauthorized)
	require.Equal(t, 3, warnings())
	require.Contains(t, log.String(), "more_since_the_last_warning=4")
	require.InDelta(t, 6, testutil.ToFloat64(f.metrics.refused.WithLabelValues("private", "/kratos/messages", "credentials")), 0)
}

func TestAnswersHaveOneForm(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/nothing"}, {http.MethodDelete, "/kratos/messages"}, {http.MethodPost, "/kratos/messages"},
	} {
		answer, text := ask(t, c.method, private+c.path, nil)
		require.Regexp(t, `^\{"error":\{"code":4\d\d,"status":"[^"]+",("request":"[^"]*",)?"reason":"[^"]+","message":"[^"]+"\}\}\s*$`, text)
		require.NotContains(t, answer.Header, "Ory-Error-Id")
	}
}

// RFC 9110, section 15.5.6: 405 says what is allowed.
func TestWrongMethodsAreToldTheRightOnes(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	for path, allowed := range map[string]string{
		"/kratos/messages": "POST", "/health/ready": "GET, HEAD", "/admin/denied-numbers": "PUT, DELETE", "/admin/deliveries/x": "GET",
	} {
		answer, text := ask(t, "PATCH", private+path, nil)
		require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
		require.Equal(t, allowed, answer.Header.Get("Allow"), path)
		require.Contains(t, text, "does not take the method PATCH, but "+allowed+".")
	}
}

func TestHealthByHead(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	for _, path := range []string{"/health/alive", "/health/ready", "/version", "/metrics/prometheus"} {
		answer, text := ask(t, http.MethodHead, "http://"+r.Addresses().Private+path, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Empty(t, text)
	}
}

func TestVersionOfTheProgram(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}} {
		out := &output{}
		require.Zero(t, Main(t.Context(), "v1.2.3", args, out, io.Discard))
		require.Contains(t, out.String(), "v1.2.3")
	}
	require.Equal(t, "v1.2.3", built("v1.2.3"))
	require.NotEmpty(t, built(""), "Go notes one in every program")
}

// IPv6 is taken as Kratos writes it, and as others do.
func TestListensOnIPv6InBracketsAndWithout(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"[::1]", "::1", "127.0.0.1"} {
		s, err := listen(t.Context(), "public", Listener{Host: host}, http.NotFoundHandler())
		require.NoError(t, err, host)
		require.NoError(t, s.listener.Close())
	}
}

// Only webhooks that carry a wrong signature are told of: a failed handshake is another
// matter.
func TestWebhooksThatAreRefusedForTheirSignature(t *testing.T) {
	t.Parallel()
	unsigned := 0
	f := &refusals{
		log: newLogger(&Config{}, Options{Log: &output{}}), metrics: newMetrics(nil), listener: "public", now: time.Now,
		unsigned: func() { unsigned++ },
	}
	f.refused(metaRoute, http.MethodPost, http.StatusUnauthorized)
	require.Equal(t, 1, unsigned)
	f.refused(metaRoute, http.MethodGet, http.StatusForbidden)
	f.refused(metaRoute, http.MethodPost, http.StatusRequestEntityTooLarge)
	f.refused("/webhooks/sms/twilio", http.MethodPost, http.StatusUnauthorized)
	require.Equal(t, 1, unsigned)
}
