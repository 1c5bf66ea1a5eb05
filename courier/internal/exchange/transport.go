package exchange

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxConnections bounds the connections to one host. All of them are kept while
// they are used now and then. What finds none free waits, at most for its timeout,
// and can be repeated then since nothing of it left.
const maxConnections = 64

func newTransport(o Options) *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   o.TLSTimeout,
		ResponseHeaderTimeout: o.FirstByteTimeout,
		ForceAttemptHTTP2:     true,
		HTTP2:                 pings(o.Timeout),
		MaxConnsPerHost:       maxConnections,
		MaxIdleConnsPerHost:   maxConnections,
		// Shorter than servers keep a connection: one that they close at the
		// moment of a request leaves its outcome unknown.
		IdleConnTimeout:        30 * time.Second,
		Proxy:                  http.ProxyURL(o.Proxy),
		OnProxyConnectResponse: readProxy,
	}
}

// pings find a connection that went dead without a word, as when a NAT forgets it,
// before the requests on it time out. HTTP/2 puts all requests on one connection
// and does not give it up for a request that got no answer, so that without pings
// everything would be lost until TCP gives up, after many minutes.
//
// After 2 seconds without a byte from the provider its end of the connection is
// asked, and has 1 second to answer: several round trips to anywhere on Earth. A
// short timeout shortens both.
func pings(timeout time.Duration) *http.HTTP2Config {
	return &http.HTTP2Config{
		SendPingTimeout: min(2*time.Second, timeout/5),
		PingTimeout:     min(time.Second, timeout/2),
	}
}

// proxyError is the status with which a proxy turns us away.
type proxyError int

func (e proxyError) Error() string { return fmt.Sprintf("the proxy answered HTTP %d", int(e)) }

// readProxy looks at what a proxy says when it is asked for a connection. net/http
// itself makes an error of every other status than 200.
func readProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return proxyError(answer.StatusCode)
	}
	return nil
}
