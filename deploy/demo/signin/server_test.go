package signin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	flowCode = `{"id":"flow-1","type":"browser","state":"sent_email","expires_at":"2030-01-01T00:00:00Z",
		"issued_at":"2030-01-01T00:00:00Z","request_url":"http://kratos/","ui":{"method":"POST",
		"action":"http://kratos/self-service/login?flow=flow-1","nodes":[
		{"type":"input","group":"default","messages":[],"meta":{},"attributes":{"node_type":"input","name":"csrf_token",
		"type":"hidden","value":"t0ken","disabled":false}},
		{"type":"input","group":"code","messages":[],"meta":{},"attributes":{"node_type":"input","name":"identifier",
		"type":"hidden","value":"<b>+12025550123</b>","disabled":false}}]}}`
	noSession = `{"error":{"code":401,"message":"no session"}}`
)

// page returns a sign-in page before a Kratos that answers with the handler.
func page(t *testing.T, kratos http.HandlerFunc) *httptest.Server {
	t.Helper()
	k := httptest.NewServer(kratos)
	t.Cleanup(k.Close)
	p := httptest.NewUnstartedServer(nil)
	self := "http://" + p.Listener.Addr().String()
	p.Config.Handler = New(Config{PageURL: self, KratosURL: k.URL, KratosAdminURL: k.URL, PhonesURL: "http://phones"})
	p.Start()
	t.Cleanup(p.Close)
	return p
}

// get asks without following redirects.
func get(t *testing.T, p *httptest.Server, path, cookie string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.URL+path, nil)
	require.NoError(t, err)
	req.Header.Set("Cookie", cookie)
	res, err := p.Client().Transport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestLoginShowsTheBrowsersFlow(t *testing.T) {
	t.Parallel()
	p := page(t, func(w http.ResponseWriter, r *http.Request) {
		// Kratos shows a flow only to the browser that it belongs to.
		if r.Header.Get("Cookie") != "csrf=mine" || r.URL.Query().Get("id") != "flow-1" {
			answer(http.StatusForbidden, `{"error":{"code":403}}`)(w, r)
			return
		}
		answer(http.StatusOK, flowCode)(w, r)
	})

	res, body := get(t, p, "/login?flow=flow-1", "csrf=mine")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, `action="http://kratos/self-service/login?flow=flow-1"`)
	require.Contains(t, body, `name="csrf_token" value="t0ken"`)
	require.Contains(t, body, `name="transient_payload" value="{&#34;channel&#34;:&#34;sms&#34;,&#34;flow&#34;:&#34;flow-1&#34;}"`)
	require.NotContains(t, body, "<b>", "what was typed is text, not HTML")
	require.Equal(t, 1, strings.Count(body, "<script"), "and it is a file")
	require.Contains(t, body, `<script src="/page.js" defer></script>`)
	require.Contains(t, body, `data-asks=""`, "this courier is not asked")
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))

	res, _ = get(t, p, "/login?flow=flow-1", "csrf=another")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.True(t, strings.HasSuffix(res.Header.Get("Location"), "/self-service/login/browser"))
}

func TestWithoutSessionOrFlow(t *testing.T) {
	t.Parallel()
	p := page(t, answer(http.StatusUnauthorized, noSession))

	res, _ := get(t, p, "/", "")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "/login", res.Header.Get("Location"))

	res, _ = get(t, p, "/login", "")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.True(t, strings.HasSuffix(res.Header.Get("Location"), "/self-service/login/browser"))
}

func TestKratosAway(t *testing.T) {
	t.Parallel()
	p := page(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, path := range []string{"/", "/login?flow=flow-1"} {
		res, body := get(t, p, path, "")
		require.Equal(t, http.StatusBadGateway, res.StatusCode, path)
		require.Contains(t, body, "cannot be reached", path)
	}
}

func TestNoSuchPage(t *testing.T) {
	t.Parallel()
	p := page(t, answer(http.StatusUnauthorized, noSession))
	res, body := get(t, p, "/admin", "")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Contains(t, body, "no such page")
}

func TestOtherHostNames(t *testing.T) {
	t.Parallel()
	p := page(t, answer(http.StatusUnauthorized, noSession))
	req, err := http.NewRequest(http.MethodGet, p.URL+"/login", nil)
	require.NoError(t, err)
	req.Host = "localhost"
	res, err := p.Client().Transport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, p.URL+"/", res.Header.Get("Location"))
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p := page(t, answer(http.StatusInternalServerError, ""))
	req, err := http.NewRequest(http.MethodGet, p.URL+HealthPath, nil)
	require.NoError(t, err)
	req.Host = "localhost"
	res, err := p.Client().Transport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
}

// In containers the page reaches Kratos by another name than browsers do.
func TestKratosByTwoNames(t *testing.T) {
	t.Parallel()
	k := httptest.NewServer(answer(http.StatusOK, flowCode))
	t.Cleanup(k.Close)
	p := httptest.NewUnstartedServer(nil)
	self := "http://" + p.Listener.Addr().String()
	p.Config.Handler = New(Config{PageURL: self, KratosURL: "http://browsers.invalid", KratosAPIURL: k.URL, KratosAdminURL: k.URL})
	p.Start()
	t.Cleanup(p.Close)

	res, body := get(t, p, "/login?flow=flow-1", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, body, "http://browsers.invalid/self-service/login/browser")
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "http://browsers.invalid")
}

// An account is made only for a number that Kratos itself said it does not know.
func TestNoAccountForAKnownNumber(t *testing.T) {
	t.Parallel()
	p := page(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s: nothing may be changed", r.Method, r.URL.Path)
		}
		answer(http.StatusOK, flowCode)(w, r)
	})
	body := strings.NewReader(url.Values{"flow": {"flow-1"}}.Encode())
	req, err := http.NewRequest(http.MethodPost, p.URL+"/account", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := p.Client().Transport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "/login?flow=flow-1", res.Header.Get("Location"))
}
