package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

func post(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("secret 123456 +12025550143"))
	require.NoError(t, err)
	return r
}

func requireClass(t *testing.T, err error, class courier.Class) courier.DeliveryError {
	t.Helper()
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, class, failure.Class, failure.Reason)
	for e := err; e != nil; e = errors.Unwrap(e) {
		require.NotContains(t, e.Error(), "123456")
		require.NotContains(t, e.Error(), "2025550143")
	}
	return *failure
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(bytes.ToUpper(body))
	}))
	defer server.Close()
	got, err := exchange.New(exchange.Options{}).Do(post(t, server.URL))
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, got.Status)
	require.False(t, got.OK())
	require.Equal(t, "POST", got.Header.Get("X-Seen"))
	require.Equal(t, "SECRET 123456 +12025550143", string(got.Body))
}

// server answers each TCP connection by hand.
func server(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}

// readRequest reads until the body's end.
func readRequest(conn net.Conn) {
	var all []byte
	buffer := make([]byte, 4096)
	for !bytes.Contains(all, []byte("+12025550143")) {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		all = append(all, buffer[:n]...)
	}
}

// reset ends a connection with RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func TestNothingLeft(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refused := "http://" + closed.Addr().String()
	require.NoError(t, closed.Close())

	for name, url := range map[string]string{
		"refused":         refused,
		"no such host":    "http://provider.invalid",
		"hangs up on TLS": strings.Replace(server(t, reset), "http:", "https:", 1),
		"silent on TLS":   strings.Replace(server(t, func(net.Conn) {}), "http:", "https:", 1),
		"speaks no TLS":   strings.Replace(server(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n")) }), "http:", "https:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := exchange.New(exchange.Options{Timeout: 2 * time.Second}).Do(post(t, url))
			failure := requireClass(t, err, courier.ClassTransient)
			require.NotContains(t, failure.Reason, "may have been sent")
			require.Error(t, failure.Cause)
		})
	}
}

func TestMayHaveLeft(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(net.Conn){
		"reset after the request":  func(c net.Conn) { readRequest(c); reset(c) },
		"closed after the request": func(c net.Conn) { readRequest(c); _ = c.Close() },
		"cut inside the headers":   func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("HTTP/1.1 20")); _ = c.Close() },
		"no answer":                readRequest,
		"echoes what it got":       func(c net.Conn) { readRequest(c); _, _ = c.Write([]byte("123456 +12025550143\r\n\r\n")); _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := exchange.New(exchange.Options{Timeout: time.Second}).Do(post(t, server(t, serve)))
			failure := requireClass(t, err, courier.ClassUnknown)
			require.Contains(t, failure.Reason, "may have been sent")
		})
	}
}

func TestBrokenBody(t *testing.T) {
	t.Parallel()
	for name, rest := range map[string]func(net.Conn){
		"cut off": func(c net.Conn) { _ = c.Close() },
		"slow":    func(net.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := exchange.New(exchange.Options{Timeout: 2 * time.Second}).Do(post(t, server(t, func(c net.Conn) {
				readRequest(c)
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"messages\""))
				rest(c)
			})))
			require.NoError(t, err, "the status is known")
			require.True(t, got.OK())
			require.Equal(t, `{"messages"`, string(got.Body))
		})
	}
}

func TestHugeBody(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<16)
		for range 64 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	got, err := exchange.New(exchange.Options{}).Do(post(t, s.URL))
	require.NoError(t, err)
	require.Len(t, got.Body, 1<<20)
}

func TestNoRedirectsCookiesProxies(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request went elsewhere")
	}))
	defer elsewhere.Close()
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	t.Setenv("http_proxy", elsewhere.URL)
	calls := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.Header.Get("Cookie") != "" {
			t.Error("a cookie was kept")
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	client := exchange.New(exchange.Options{})
	for range 2 {
		got, err := client.Do(post(t, s.URL))
		require.NoError(t, err)
		require.Equal(t, http.StatusTemporaryRedirect, got.Status)
	}
	require.Equal(t, 2, calls)
	// net/http never uses the environment's proxy for loopback addresses.
	_, err := client.Do(post(t, "http://provider.invalid"))
	requireClass(t, err, courier.ClassTransient)
}

func TestContext(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := exchange.New(exchange.Options{}).Do(post(t, "http://127.0.0.1:1").WithContext(cancelled))
	requireClass(t, err, courier.ClassTransient)
	require.ErrorIs(t, err, context.Canceled)

	received := make(chan struct{})
	url := server(t, func(c net.Conn) { readRequest(c); close(received) })
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-received; stop() }()
	_, err = exchange.New(exchange.Options{Timeout: time.Minute}).Do(post(t, url).WithContext(ctx))
	requireClass(t, err, courier.ClassUnknown)
	require.ErrorIs(t, err, context.Canceled)
}

// breaking is a connection that writes nothing any more once it is broken.
type breaking struct {
	net.Conn
	broken *atomic.Bool
}

func (b breaking) Write(p []byte) (int, error) {
	if b.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return b.Conn.Write(p)
}

func TestSecondConnectionStartsAnew(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer s.Close()
	var broken atomic.Bool
	client := exchange.New(exchange.Options{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if broken.Load() {
			return nil, errors.New("connection refused")
		}
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, network, address)
		return breaking{conn, &broken}, err
	}}})
	_, err := client.Do(post(t, s.URL))
	require.NoError(t, err)
	broken.Store(true)
	_, err = client.Do(post(t, s.URL))
	requireClass(t, err, courier.ClassTransient)
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.ProtoMajor != 2 {
			t.Errorf("spoken: %s", r.Proto)
		}
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusCreated)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	client := exchange.New(exchange.Options{Transport: s.Client().Transport})
	got, err := client.Do(post(t, s.URL))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, got.Status)
	_, err = client.Do(post(t, s.URL+"/abort"))
	requireClass(t, err, courier.ClassUnknown)
}

type mute struct{}

func (mute) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("+12025550143") }

func TestForeignTransportIsNotTrusted(t *testing.T) {
	t.Parallel()
	_, err := exchange.New(exchange.Options{Transport: mute{}}).Do(post(t, "http://provider.invalid"))
	requireClass(t, err, courier.ClassUnknown)
}
