package exchange

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// trusting is a client like any other that also trusts the server's certificate.
func trusting(s *httptest.Server, o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	transport := newTransport(o)
	trust(transport, s)
	o.Transport = transport
	return New(o)
}

func trust(transport *http.Transport, s *httptest.Server) {
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(s.Certificate())
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("hello"))
	require.NoError(t, err)
	return r
}

// nat passes TCP connections on, until it forgets them: then their bytes vanish,
// and neither side hears of it.
type nat struct {
	listener net.Listener
	mu       sync.Mutex
	passing  []*atomic.Bool
}

func newNAT(t *testing.T, to string) *nat {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &nat{listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			inside, err := listener.Accept()
			if err != nil {
				return
			}
			outside, err := net.Dial("tcp", to)
			if err != nil {
				_ = inside.Close()
				return
			}
			passes := new(atomic.Bool)
			passes.Store(true)
			n.mu.Lock()
			n.passing = append(n.passing, passes)
			n.mu.Unlock()
			go pass(outside, inside, passes)
			go pass(inside, outside, passes)
		}
	}()
	return n
}

func pass(to, from net.Conn, passes *atomic.Bool) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if passes.Load() {
			_, _ = to.Write(buffer[:n])
		}
	}
}

// forget lets every connection of now go dead, and says how many there were.
func (n *nat) forget() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, passes := range n.passing {
		passes.Store(false)
	}
	return len(n.passing)
}

// Without pings every request on the dead connection would time out, until the
// kernel gives it up.
func TestDeadConnectionIsFoundBeforeTheRequestTimesOut(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.ProtoMajor != 2 {
			t.Errorf("spoken: %s", r.Proto)
		}
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	n := newNAT(t, s.Listener.Addr().String())
	url := "https://" + n.listener.Addr().String()
	client := trusting(s, Options{Timeout: 2 * time.Second})
	_, err := client.Do(request(t, url))
	require.NoError(t, err)
	require.Equal(t, 1, n.forget())

	_, err = client.Do(request(t, url))
	var lost *courier.DeliveryError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, courier.ClassUnknown, lost.Class)
	require.Contains(t, lost.Reason, "the connection broke", "not: %s", lost.Reason)
	for range 5 {
		_, err = client.Do(request(t, url))
		require.NoError(t, err, "by a new connection")
	}
	require.Equal(t, 2, n.forget())
}

func TestPingsFitIntoTheTimeout(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration][2]time.Duration{
		time.Second:      {200 * time.Millisecond, 500 * time.Millisecond},
		10 * time.Second: {2 * time.Second, time.Second},
		time.Minute:      {2 * time.Second, time.Second},
	} {
		got := pings(timeout)
		require.Equal(t, want, [2]time.Duration{got.SendPingTimeout, got.PingTimeout}, timeout)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs each connection that was not needed in the end
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	crowd(t, trusting(s, Options{}), s.URL, 256)
	require.Positive(t, connections.Load())
	require.LessOrEqual(t, connections.Load(), int64(maxConnections))
}

// The bound does not hold up what HTTP/2 can put on a connection that is there.
func TestCrowdGetsThroughOverHTTP2(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	s.EnableHTTP2 = true
	s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100} // the least that RFC 9113 recommends
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	crowd(t, trusting(s, Options{}), s.URL, 256)
}

// crowd makes so many requests at once, all of which must succeed.
func crowd(t *testing.T, client *Client, url string, size int) {
	t.Helper()
	var all sync.WaitGroup
	for range size {
		r := request(t, url)
		all.Go(func() {
			if _, err := client.Do(r); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// While a provider hangs, what finds every connection taken is known not to have
// left.
func TestWaitingForAConnectionLeavesNothing(t *testing.T) {
	t.Parallel()
	received, release := make(chan struct{}, maxConnections), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		received <- struct{}{}
		<-release
	}))
	t.Cleanup(s.Close)
	client := New(Options{})
	var hanging sync.WaitGroup
	for range maxConnections {
		r := request(t, s.URL)
		hanging.Go(func() {
			if _, err := client.Do(r); err != nil {
				t.Error(err)
			}
		})
	}
	for range maxConnections {
		<-received
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := client.Do(request(t, s.URL).WithContext(ctx))
	close(release)
	hanging.Wait()
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, courier.ClassTransient, failure.Class, failure.Reason)
}
