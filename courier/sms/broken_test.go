package sms

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// settings are those of any provider.
type settings interface {
	NewSender(s Setup) (courier.Sender, error)
}

// requireOutcomes sends over connections that break, to a provider at a URL. Whether
// a message may have left decides whether it may be sent again.
func requireOutcomes(t *testing.T, at func(url string) settings) {
	t.Helper()
	send := func(url string, want courier.Class) {
		t.Helper()
		s := setup(t)
		s.Timeout = 200 * time.Millisecond
		sender, err := at(url).NewSender(s)
		require.NoError(t, err)
		_, err = sender.Send(t.Context(), outgoing(t, "481920", time.Minute))
		requireFailure(t, err, want)
		require.NotContains(t, err.Error(), "481920")
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	send(gone.URL, courier.ClassTransient)

	cuts := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	defer cuts.Close()
	send(cuts.URL, courier.ClassUnknown)

	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer silent.Close()
	defer close(release)
	send(silent.URL, courier.ClassUnknown)
}

func TestOutcomesOfBrokenConnections(t *testing.T) {
	t.Parallel()
	t.Run("twilio", func(t *testing.T) {
		t.Parallel()
		requireOutcomes(t, func(url string) settings { return config(t, url) })
	})
	t.Run("http", func(t *testing.T) {
		t.Parallel()
		requireOutcomes(t, func(url string) settings { return httpConfig(t, url) })
	})
}
