package mockmeta_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestAClientWithAFixedHostComesHereOverTLS(t *testing.T) {
	t.Parallel()
	s := mockmeta.New(mockmeta.Options{Calm: true, TLS: true})
	t.Cleanup(s.Close)
	require.True(t, strings.HasPrefix(s.URL, "https://"))
	require.Contains(t, string(s.CA()), "BEGIN CERTIFICATE")
	for _, host := range []string{"https://graph.facebook.com", s.URL} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, host+"/v25.0/"+mockmeta.PhoneNumberID+"/messages", strings.NewReader(mustJSON(t, otp(phone, "1"))))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+mockmeta.DefaultAccessToken)
		req.Header.Set("Content-Type", "application/json")
		res, err := s.HTTPClient().Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
	}
	_, err := http.Get(s.URL)
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, err, &unknown, "the CA is nobody else's")
}

func TestManyMocksRunBesideEachOther(t *testing.T) {
	t.Parallel()
	for range 8 {
		b := start(t)
		b.accepted(phone, "1")
		require.Len(t, b.Messages(client.Filter{}), 1)
		require.Len(t, b.Calls(), 1)
	}
}
