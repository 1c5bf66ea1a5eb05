package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// output is a log that may be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// meta is a Graph API that takes everything.
func meta(t testing.TB) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.dGVzdA=="}]}`)
	}))
	t.Cleanup(server.Close)
	return server
}

// config is the example with free ports and a store in memory.
func config(t testing.TB) *Config {
	t.Helper()
	c, err := LoadConfig(context.Background(), filled(t, example))
	require.NoError(t, err)
	c.DSN, c.Serve.Private.Port, c.Serve.Public.Port = "memory", 0, 0
	c.WhatsApp.BaseURL = meta(t).URL
	return c
}

type running struct {
	*App
	log  *output
	stop func() error
}

func start(t testing.TB, c *Config) *running {
	t.Helper()
	return startWith(t, c, Options{Version: "v0.0.1-test", Console: io.Discard})
}

func startWith(t testing.TB, c *Config, o Options) *running {
	t.Helper()
	r := &running{log: &output{}}
	o.Log = r.log
	a, err := New(t.Context(), c, o)
	require.NoError(t, err)
	r.App = a
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { require.NoError(t, r.stop()) })
	return r
}

// ask makes one request and returns its answer with the body read.
func ask(t testing.TB, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

const (
	kratosKey = "filled-in-with-a-random-key"
	adminKey  = "filled-in-with-another-random-key"
	login     = `{"recipient":"+12025550143","template_type":"login_code_valid","template_data":{"login_code":"135790"}}`
)

func TestTwoInstancesInOneProcess(t *testing.T) {
	t.Parallel()
	for range 2 {
		r := start(t, config(t))
		private := "http://" + r.Addresses().Private
		answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
		id := answer.Header.Get("X-Delivery-Id")
		require.Eventually(t, func() bool {
			_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+id, nil, "Authorization", "Bearer "+adminKey)
			return strings.Contains(text, `"state":"sent"`)
		}, 30*time.Second, 10*time.Millisecond)
	}
}

func TestHealthVersionMetrics(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	for path, says := range map[string]string{
		"/health/alive":       `"ok"`,
		"/health/ready":       `"ok"`,
		"/version":            "v0.0.1-test",
		"/metrics/prometheus": "go_goroutines",
	} {
		answer, text := ask(t, http.MethodGet, private+path, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
		require.Contains(t, text, says, path)
	}
}

func TestForgetfulStoreIsWarnedOf(t *testing.T) {
	t.Parallel()
	const warning = "level=warning msg=dsn is memory"
	c := config(t)
	require.Contains(t, strings.ReplaceAll(start(t, c).log.String(), `"`, ""), warning)
	c = config(t)
	c.DSN = "sqlite://" + t.TempDir() + "/courier.db"
	require.NotContains(t, strings.ReplaceAll(start(t, c).log.String(), `"`, ""), "memory")
}

// SEC-4: the public listener serves callbacks only.
func TestPublicListenerServesNothingPrivate(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	for _, path := range []string{"/", "/kratos/messages", "/kratos/events", "/admin/deliveries", "/health/alive", "/health/ready", "/version", "/metrics/prometheus", "/debug/pprof/"} {
		answer, text := ask(t, http.MethodGet, "http://"+r.Addresses().Public+path, nil, "X-API-Key", adminKey)
		require.Equal(t, http.StatusNotFound, answer.StatusCode, path)
		require.True(t, json.Valid([]byte(text)), path)
	}
}

// A store that cannot be written: 503 and not ready, nothing acknowledged.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	require.NoError(t, r.App.store.Close())
	private := "http://" + r.Addresses().Private
	answer, text := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
	answer, text = ask(t, http.MethodGet, private+"/health/ready", nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Contains(t, text, "store")
	answer, _ = ask(t, http.MethodGet, private+"/health/alive", nil)
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestPortInUseIsFoundBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	first := start(t, config(t))
	for _, listener := range []string{"private", "public"} {
		c := config(t)
		port := &c.Serve.Private.Port
		if listener == "public" {
			port = &c.Serve.Public.Port
		}
		_, err := fmt.Sscanf(first.Addresses().Private, "127.0.0.1:%d", port)
		require.NoError(t, err)
		_, err = New(t.Context(), c, Options{Log: io.Discard})
		require.ErrorContains(t, err, "serve."+listener+".port")
		require.ErrorContains(t, err, "already in use")
	}
}

// OPS-3: what was accepted before the stop is there after it, and a request
// under way is finished.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.DSN = "sqlite://" + t.TempDir() + "/courier.db"
	r := start(t, c)
	answer, _ := ask(t, http.MethodPost, "http://"+r.Addresses().Private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.NoError(t, r.stop())

	again := start(t, c)
	require.Eventually(t, func() bool {
		_, text := ask(t, http.MethodGet, "http://"+again.Addresses().Private+"/admin/deliveries/"+answer.Header.Get("X-Delivery-Id"), nil, "X-API-Key", adminKey)
		return strings.Contains(text, `"state":"sent"`)
	}, 30*time.Second, 20*time.Millisecond)
}

func TestRequestLogHoldsNoPathQueryOrHeader(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/admin/deliveries/135790?state=246801", nil, "X-API-Key", adminKey, "User-Agent", "357913")
	ask(t, http.MethodGet, "http://"+r.Addresses().Public+"/135790?hub.challenge=246801", nil, "User-Agent", "357913")
	require.NoError(t, r.stop())
	require.Contains(t, r.log.String(), "/admin/deliveries/{id}")
	for _, sent := range []string{"135790", "246801", "357913", adminKey} {
		require.NotContains(t, r.log.String(), sent)
	}
}

func TestLeakingSensitiveValuesCannotBeSwitchedOn(t *testing.T) {
	t.Setenv("LOG_LEAK_SENSITIVE_VALUES", "true")
	r := start(t, config(t))
	require.False(t, r.App.log.LeakSensitiveData())
}

func TestPurgeRemovesWhatEndedLongAgo(t *testing.T) {
	t.Parallel()
	r := start(t, config(t))
	private := "http://" + r.Addresses().Private
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages",
		strings.NewReader(`{"recipient":"nobody","template_type":"login_code_valid","template_data":{"login_code":"135790"}}`), "X-API-Key", kratosKey)
	url := private + "/admin/deliveries/" + answer.Header.Get("X-Delivery-Id")
	r.purge(t.Context(), time.Now().Add(r.App.config.Keep-time.Minute))
	answer, _ = ask(t, http.MethodGet, url, nil, "X-API-Key", adminKey)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	r.purge(t.Context(), time.Now().Add(r.App.config.Keep+time.Minute))
	answer, _ = ask(t, http.MethodGet, url, nil, "X-API-Key", adminKey)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
}
