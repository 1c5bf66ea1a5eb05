package sessions

import (
	"net/http"
	"net/http/httptest"
	"testing"

	kratos "github.com/ory/kratos-client-go"
	"github.com/stretchr/testify/require"
)

func TestWhatKratosAnswersMeans(t *testing.T) {
	t.Parallel()
	for status, c := range map[int]struct{ done, refused bool }{
		http.StatusNoContent:           {done: true},
		http.StatusNotFound:            {done: true},
		http.StatusUnauthorized:        {refused: true},
		http.StatusForbidden:           {refused: true},
		http.StatusInternalServerError: {},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodDelete || r.URL.Path != "/admin/identities/an-identity/sessions" {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		err := admin(server.URL).EndSessions(t.Context(), "an-identity")
		require.Equal(t, c.done, err == nil, status)
		if c.refused {
			require.ErrorIs(t, err, ErrRefused)
		}
	}
	require.Error(t, admin("http://127.0.0.1:1").EndSessions(t.Context(), "an-identity"))
}

func admin(url string) Admin {
	config := kratos.NewConfiguration()
	config.Servers = kratos.ServerConfigurations{{URL: url}}
	return Admin{kratos.NewAPIClient(config)}
}
