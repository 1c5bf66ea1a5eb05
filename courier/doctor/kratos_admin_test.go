package doctor

import (
	"net/http"
	"net/http/httptest"
	"testing"

	kratos "github.com/ory/kratos-client-go"
	"github.com/stretchr/testify/require"
)

func TestRunningKratos(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		alive   int
		version string
		want    []string
		says    string
	}{
		"v1.3.1":          {200, `{"version":"v1.3.1"}`, nil, "registration and recovery by SMS need v26.2"},
		"v26.2.0":         {200, `{"version":"v26.2.0"}`, nil, "Kratos v26.2.0 is alive"},
		"self-made":       {200, `{"version":"master"}`, nil, "without a version"},
		"no Kratos":       {404, `{}`, []string{"unknown --kratos-admin"}, "HTTP 404"},
		"without version": {200, `<html>`, []string{"unknown --kratos-admin"}, "does not tell its version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.URL.Path == "/version" {
					_, _ = w.Write([]byte(c.version))
					return
				}
				w.WriteHeader(c.alive)
				_, _ = w.Write([]byte(`{"status":"ok"}`))
			}))
			t.Cleanup(server.Close)
			r := lookedAt(t, server.URL)
			require.Equal(t, c.want, told(r.Findings))
			if c.want == nil {
				require.Contains(t, r.Facts[0].What, c.says)
			} else {
				require.Contains(t, r.Findings[0].What, c.says)
			}
		})
	}
	require.Equal(t, []string{"unknown --kratos-admin"}, told(lookedAt(t, "http://127.0.0.1:1").Findings))
}

func lookedAt(t *testing.T, url string) Report {
	t.Helper()
	config := kratos.NewConfiguration()
	config.Servers = kratos.ServerConfigurations{{URL: url}}
	var r Report
	KratosAdmin{kratos.NewAPIClient(config), "--kratos-admin", false}.examine(t.Context(), &r)
	return r
}

// Who wants sessions to be ended finds out before the first security event whether they can.
func TestAKratosThatDoesNotLetSessionsEnd(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][]string{
		http.StatusOK:                  nil,
		http.StatusNotFound:            nil,
		http.StatusUnauthorized:        {"error kratos.admin_token"},
		http.StatusForbidden:           {"error kratos.admin_token"},
		http.StatusInternalServerError: {"unknown kratos.admin_url"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch r.URL.Path {
			case "/version":
				_, _ = w.Write([]byte(`{"version":"v1.3.1"}`))
			case "/health/alive":
				_, _ = w.Write([]byte(`{"status":"ok"}`))
			case "/admin/identities/" + nobody + "/sessions":
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`[]`))
			default:
				t.Errorf("%s %s", r.Method, r.URL)
			}
			if r.Method != http.MethodGet {
				t.Errorf("doctor changes nothing: %s", r.Method)
			}
		}))
		t.Cleanup(server.Close)
		config := kratos.NewConfiguration()
		config.Servers = kratos.ServerConfigurations{{URL: server.URL}}
		var r Report
		KratosAdmin{kratos.NewAPIClient(config), "kratos.admin_url", true}.examine(t.Context(), &r)
		require.Equal(t, want, told(r.Findings), status)
	}
}
