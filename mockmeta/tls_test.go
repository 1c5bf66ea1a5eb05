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
	require.ErrorAs(t, err, &unknown, "no one else trusts the CA")
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

// Meta serves HTTP/2. It has no connection of its own to cut: a cut is a reset of
// the stream, and other calls on the connection go on.
func TestOverTLSTheAPISpeaksHTTP2(t *testing.T) {
	t.Parallel()
	s := mockmeta.New(mockmeta.Options{Calm: true, TLS: true})
	t.Cleanup(s.Close)
	web := s.HTTPClient()
	send := func(to string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v25.0/"+mockmeta.PhoneNumberID+"/messages", strings.NewReader(mustJSON(t, otp(to, "1"))))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+mockmeta.DefaultAccessToken)
		req.Header.Set("Content-Type", "application/json")
		return web.Do(req)
	}
	_, err := send("+15007000001") // reset
	require.Error(t, err)
	require.Empty(t, s.Messages(client.Filter{}))
	_, err = send("+15007000002") // lost answer
	require.Error(t, err)
	require.Len(t, s.Messages(client.Filter{}), 1)
	res, err := send(phone)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 2, res.ProtoMajor)
	require.Len(t, s.Messages(client.Filter{}), 2)
}
