package operator

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// It is not parallel: call changes the environment.
func TestHealth(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method+" "+r.URL.Path != "GET /health/ready" || r.Header.Get("X-API-Key") != "" {
			t.Errorf("asked %s %s, with the key %q", r.Method, r.URL.Path, r.Header.Get("X-API-Key"))
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)

	_, err := call(t, s.URL, "", "health")
	require.NoError(t, err)
	_, err = call(t, "http://nowhere.invalid", "", "health", "--url", s.URL)
	require.NoError(t, err, "the flag wins over the environment")

	socket := filepath.Join(t.TempDir(), "private.sock")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	beside := &httptest.Server{Listener: listener, Config: &http.Server{Handler: s.Config.Handler}}
	beside.Start()
	t.Cleanup(beside.Close)
	_, err = call(t, s.URL, "", "health", "--url", "unix:"+socket)
	require.NoError(t, err)
	_, err = call(t, s.URL, "", "health", "--url", "unix:private.sock")
	require.ErrorContains(t, err, "--url")

	status = http.StatusServiceUnavailable
	_, err = call(t, s.URL, "", "health")
	require.ErrorContains(t, err, "not ready")
	require.ErrorContains(t, err, "503")

	s.Close()
	_, err = call(t, s.URL, "", "health")
	require.ErrorContains(t, err, "cannot be asked")
	_, err = call(t, "localhost:4480", "", "health")
	require.ErrorContains(t, err, "--url")
}
