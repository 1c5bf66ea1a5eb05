package exchange

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// patient is a client whose whole timeout never strikes in a test.
const patient = time.Hour

// deaf is the address of a server whose queue of connections is full: nothing
// answers who connects.
func deaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	inet, ok := name.(*syscall.SockaddrInet4)
	require.True(t, ok)
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: inet.Port}).String()
	for range 8 {
		dialer := net.Dialer{Timeout: 200 * time.Millisecond}
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("the queue of connections never fills")
	return ""
}

// Each part of a request has a timeout of its own, and what it says about the message
// is what is true then.
func TestTimeoutsOfParts(t *testing.T) {
	t.Parallel()
	silent := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	silent.EnableHTTP2 = true
	silent.StartTLS()
	t.Cleanup(silent.Close)
	plain := httptest.NewServer(silent.Config.Handler)
	t.Cleanup(plain.Close)
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = mute.Close() })

	const short = 50 * time.Millisecond
	for name, c := range map[string]struct {
		url     string
		options Options
		want    courier.Class
	}{
		"no connection":             {"http://" + deaf(t), Options{ConnectTimeout: short}, courier.ClassTransient},
		"no encryption":             {"https://" + mute.Addr().String(), Options{TLSTimeout: short}, courier.ClassTransient},
		"no first byte over HTTP/1": {plain.URL, Options{FirstByteTimeout: short}, courier.ClassUnknown},
		"no first byte over HTTP/2": {silent.URL, Options{FirstByteTimeout: short}, courier.ClassUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.options.Timeout = patient
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := trusting(silent, c.options).Do(request(t, c.url).WithContext(ctx))
			var fault *courier.DeliveryError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.want, fault.Class, fault.Reason)
			require.NoError(t, ctx.Err(), "it was the test's own deadline")
			require.NotEmpty(t, strings.TrimSpace(fault.Reason))
		})
	}
}
