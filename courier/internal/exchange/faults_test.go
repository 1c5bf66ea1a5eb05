package exchange

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A certificate that is not trusted stays so: nothing is tried again, and operators
// are told what to look at.
func TestCertificateErrorsDoNotPass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(s *httptest.Server, transport *http.Transport)
		says   string
	}{
		"unknown issuer, as that of an intercepting proxy": {func(*httptest.Server, *http.Transport) {}, "unknown authority"},
		"no CA certificates": {func(_ *httptest.Server, transport *http.Transport) {
			transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		}, "unknown authority"},
		"another host": {func(s *httptest.Server, transport *http.Transport) {
			trust(transport, s)
			transport.TLSClientConfig.ServerName = "graph.facebook.com"
		}, "graph.facebook.com"},
		"a clock that is wrong": {func(s *httptest.Server, transport *http.Transport) {
			trust(transport, s)
			transport.TLSClientConfig.Time = func() time.Time { return time.Unix(0, 0).AddDate(-1, 0, 0) }
		}, "not yet valid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			transport := newTransport(Options{Timeout: defaultTimeout})
			tc.change(s, transport)
			_, err := New(Options{Transport: transport}).Do(request(t, s.URL))
			var failure *courier.DeliveryError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, courier.ClassConfig, failure.Class, failure.Reason)
			require.Contains(t, failure.Reason, tc.says)
			require.Contains(t, failure.Reason, "CA certificates")
			require.NotContains(t, failure.Reason, "may have been sent")
			require.NotContains(t, failure.Reason, s.URL, "it may hold the account")
		})
	}
}
