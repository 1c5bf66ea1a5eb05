package testkit

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync/atomic"
	"time"
)

// balancer is a round robin before several replicas: each request goes to the next one
// that takes a connection. While none does, it ends connections without an answer, as
// the port of a process that is down would refuse them.
type balancer struct {
	listener net.Listener
	server   *http.Server
	replicas atomic.Pointer[[]string] // host:port
	turn     atomic.Uint64
}

// startBalancer listens on a port; 0 is any free one.
func startBalancer(ctx context.Context, port int) (*balancer, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: listener}
	proxy := &httputil.ReverseProxy{
		// A connection for each request, so that each has its turn.
		Transport: &http.Transport{DialContext: b.dial, DisableKeepAlives: true, DisableCompression: true},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", listener.Addr().String(), r.In.Host
			// It is not there: what it would take out or add is the sender's to say.
			r.Out.URL.RawQuery = r.In.URL.RawQuery
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if value, ok := r.In.Header[name]; ok {
					r.Out.Header[name] = value
				}
			}
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	b.server = &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = b.server.Serve(listener) }()
	return b, nil
}

// dial connects to the replica whose turn it is, or to the next that answers.
func (b *balancer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	replicas := b.replicas.Load()
	if replicas == nil {
		return nil, errors.New("no replica has started yet")
	}
	turn := b.turn.Add(1)
	var errs []error
	for i := range uint64(len(*replicas)) {
		conn, err := new(net.Dialer).DialContext(ctx, network, (*replicas)[(turn+i)%uint64(len(*replicas))])
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// lead tells where the replicas listen, as host:port.
func (b *balancer) lead(replicas []string) { b.replicas.Store(&replicas) }

func (b *balancer) url() string { return "http://" + b.listener.Addr().String() }

func (b *balancer) close() error { return b.server.Close() }
