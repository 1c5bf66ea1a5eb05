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

// Whether a message may have left decides whether it may be sent again.
func TestOutcomesOfBrokenConnections(t *testing.T) {
	t.Parallel()
	const timeout = 200 * time.Millisecond
	for name, provider := range map[string]func(t *testing.T, url string) courier.Sender{
		"twilio": func(t *testing.T, url string) courier.Sender {
			t.Helper()
			s := setup(t)
			s.Timeout = timeout
			made, err := NewTwilio(config(t, url), s)
			require.NoError(t, err)
			return made
		},
		"http": func(t *testing.T, url string) courier.Sender {
			t.Helper()
			s := setup(t)
			s.Timeout = timeout
			made, err := NewHTTP(httpConfig(t, url), s)
			require.NoError(t, err)
			return made
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send := func(url string, want courier.Class) {
				t.Helper()
				_, err := provider(t, url).Send(t.Context(), outgoing(t, "481920", time.Minute))
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
		})
	}
}
