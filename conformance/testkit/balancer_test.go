package testkit

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// named answers with its name, and with what it has got.
func named(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", r.Host+" "+r.URL.String()+" "+r.Header.Get("X-Forwarded-For")+" "+string(body))
		_, _ = io.WriteString(w, name)
	}))
	t.Cleanup(s.Close)
	return s
}

func host(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

func balanced(t *testing.T, replicas ...string) *balancer {
	t.Helper()
	b, err := startBalancer(t.Context(), 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.close()) })
	b.lead(replicas)
	return b
}

func TestEachRequestGoesToTheNextReplica(t *testing.T) {
	t.Parallel()
	b := balanced(t, host(named(t, "one")), host(named(t, "two")))
	var got []string
	for range 4 {
		answer, err := Do(t.Context(), http.MethodPost, b.url()+"/a?b=%2F&c;d", "body", "X-Forwarded-For", "192.0.2.1")
		require.NoError(t, err)
		require.Equal(t, strings.TrimPrefix(b.url(), "http://")+" /a?b=%2F&c;d 192.0.2.1 body", answer.Header.Get("X-Got"), "as it was sent")
		got = append(got, answer.Body)
	}
	require.Equal(t, got[:2], got[2:])
	require.ElementsMatch(t, []string{"one", "two"}, got[:2])
}

func TestAReplicaThatIsDownIsPassedOver(t *testing.T) {
	t.Parallel()
	down, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, down.Close())
	b := balanced(t, down.Addr().String(), host(named(t, "two")))
	for range 4 {
		answer, err := Do(t.Context(), http.MethodGet, b.url(), "")
		require.NoError(t, err)
		require.Equal(t, "two", answer.Body)
	}
	b.lead([]string{down.Addr().String()})
	_, err = Do(t.Context(), http.MethodGet, b.url(), "")
	require.Error(t, err, "no answer, as from a port where nobody listens")
}
