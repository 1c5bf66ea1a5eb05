// Package exchange makes one HTTP request to a provider of messages and says how
// far it came.
//
// Providers have no idempotency keys, so the question after every fault is
// whether the message may have left: a request of which nothing left may be
// repeated, any other must not.
package exchange

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

const (
	// maxAnswer bounds how much of an answer is read, in bytes. Real ones have
	// less than a thousandth of it.
	maxAnswer = 1 << 20
	// defaultTimeout bounds one exchange when the configuration does not.
	defaultTimeout = 10 * time.Second
)

// Client makes requests: without retries, redirects, cookies, and without the
// proxy that the environment may name, since each of them could send a message
// twice or show it to someone.
type Client struct {
	http      http.Client
	timeout   time.Duration
	userAgent string
}

// Options say how requests travel.
type Options struct {
	// Timeout bounds one exchange; 0 means 10 seconds.
	Timeout time.Duration
	// ConnectTimeout bounds the wait for a connection, TLSTimeout that for its
	// encryption, and FirstByteTimeout that from the request to the first byte of the
	// answer; 0 leaves each to Timeout.
	ConnectTimeout, TLSTimeout, FirstByteTimeout time.Duration
	// UserAgent tells the provider what program asks, unless a request has a
	// User-Agent of its own. "" leaves that of net/http.
	UserAgent string
	// Proxy is what to go through, from ParseProxyURL; nil means nothing, whatever the
	// environment says.
	Proxy *url.URL
	// Transport replaces the client's own. It must not retry, and must report to
	// net/http/httptrace as http.Transport does; if it does not, every fault counts
	// as ClassUnknown.
	Transport http.RoundTripper
}

// New returns a client.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Transport == nil {
		o.Transport = newTransport(o)
	}
	return &Client{timeout: o.Timeout, userAgent: o.UserAgent, http: http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is what the provider said.
type Answer struct {
	Status int
	Header http.Header
	// Body is cut at 1 MiB, and where the connection broke.
	Body []byte
}

// OK reports whether the status is 2xx.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Do makes the request and returns the answer, whatever its status; once a
// status is there, a broken body is no error. Any error is a
// *courier.DeliveryError: ClassUnknown if anything of the request may have left,
// else ClassTransient, or ClassConfig for what does not pass by itself.
func (c *Client) Do(request *http.Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(request.Context(), c.timeout)
	defer cancel()
	if ctx.Err() != nil {
		return Answer{}, unsent(ctx.Err())
	}
	var progress progress
	request = request.Clone(httptrace.WithClientTrace(ctx, progress.trace()))
	if _, own := request.Header["User-Agent"]; !own && c.userAgent != "" {
		request.Header.Set("User-Agent", c.userAgent)
	}
	response, err := c.http.Do(request)
	if err != nil {
		if progress.nothingLeft() {
			return Answer{}, unsent(err)
		}
		return Answer{}, c.unanswered(err)
	}
	defer func() { _ = response.Body.Close() }()
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(attribute.String("server.address", request.URL.Hostname()), attribute.Int("http.response.status_code", response.StatusCode))
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// progress follows a request through net/http. Its hooks run in other goroutines.
type progress struct {
	began, wrote atomic.Bool
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// net/http asks for a second connection only when the first one took
		// nothing of the request, so each one starts anew.
		GetConn: func(string) {
			p.began.Store(true)
			p.wrote.Store(false)
		},
		// The headers are in the buffer or on the wire; the body follows at once.
		WroteHeaders: func() { p.wrote.Store(true) },
	}
}

// nothingLeft is true only if net/http was seen at work: a transport that reports
// nothing may have sent anything.
func (p *progress) nothingLeft() bool { return p.began.Load() && !p.wrote.Load() }
