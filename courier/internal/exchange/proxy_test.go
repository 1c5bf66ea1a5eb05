package exchange

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// proxy answers those who have the password with a status, and opens a connection
// with 200.
func proxy(t *testing.T, answer int) *httptest.Server {
	t.Helper()
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("the request came to the proxy in clear: %s", r.Method)
		}
		status, given := answer, &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if user, password, _ := given.BasicAuth(); user != "us" || password != "secret" {
			status = http.StatusProxyAuthRequired
		}
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		outside, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		inside, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(inside, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(outside, inside); _ = outside.Close() }()
		_, _ = io.Copy(inside, outside)
		_ = inside.Close()
	}))
	t.Cleanup(p.Close)
	return p
}

func TestProxy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		user   string
		class  courier.Class
		says   string
	}{
		"lets us through":           {http.StatusOK, "us:secret@", "", ""},
		"wants the password":        {http.StatusOK, "us:old-secret@", courier.ClassConfig, "HTTP 407: check the user name and password in proxy_url"},
		"does not let us there":     {http.StatusForbidden, "us:secret@", courier.ClassConfig, "HTTP 403"},
		"cannot reach the provider": {http.StatusBadGateway, "us:secret@", courier.ClassTransient, "Bad Gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 2 || r.Header.Get("Proxy-Authorization") != "" {
					t.Errorf("%s %v", r.Proto, r.Header)
				}
			}))
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			u, err := ParseProxyURL("http://" + tc.user + proxy(t, tc.status).Listener.Addr().String())
			require.NoError(t, err)
			_, err = trusting(s, Options{Proxy: u}).Do(request(t, s.URL))
			if tc.class == "" {
				require.NoError(t, err)
				return
			}
			var failure *courier.DeliveryError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, tc.class, failure.Class, failure.Reason)
			require.Contains(t, failure.Reason, tc.says)
			require.NotContains(t, failure.Reason+failure.Error()+failure.Cause.Error(), "secret")
		})
	}
}
