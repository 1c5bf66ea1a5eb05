package backfill

import (
	"net/http"
	"net/http/httptest"
	"testing"

	kratos "github.com/ory/kratos-client-go"
	"github.com/stretchr/testify/require"
)

func TestCountIsWhatKratosSaysOrNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		header string
		want   int
	}{
		"said":       {http.StatusOK, "1234", 1234},
		"not said":   {http.StatusOK, "", 0},
		"no number":  {http.StatusOK, "many", 0},
		"not at all": {http.StatusInternalServerError, "1234", 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Query().Get("page") == "0" && r.URL.Query().Get("per_page") == "1" && !r.URL.Query().Has("page_size") {
				w.Header().Set("X-Total-Count", c.header)
			}
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(`[]`))
		}))
		t.Cleanup(server.Close)
		configuration := kratos.NewConfiguration()
		configuration.Servers = kratos.ServerConfigurations{{URL: server.URL}}
		require.Equal(t, c.want, Count(t.Context(), kratos.NewAPIClient(configuration)), name)
	}
}
