package graph_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	request := func(secret string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.facebook.com/v25.0/1?fields=id", nil)
		require.NoError(t, err)
		graph.Authorize("a-token", secret)(r)
		require.Equal(t, "Bearer a-token", r.Header.Get("Authorization"))
		return r
	}
	require.Equal(t, "fields=id", request("").URL.RawQuery)
	// printf a-token | openssl dgst -sha256 -hmac an-app-secret
	require.Equal(t, "appsecret_proof=b16c821ab4226dd6145c3484fbcd3fad1a53622d1d8d4e8839ff39b0fb1d6407&fields=id", request("an-app-secret").URL.RawQuery)
}
