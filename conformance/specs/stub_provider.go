package specs

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

// provider stands in for Meta or the SMS provider where the mock is too good:
// it takes every request and then answers with one status, hangs up, or says
// nothing at all.
type provider struct {
	url   string
	count atomic.Int64
}

// What a provider does instead of answering with an HTTP status.
const (
	hangUp = -iota - 1
	saysNothing
)

// newProvider starts a provider that ends with the spec.
func newProvider(status int) *provider {
	GinkgoHelper()
	p := &provider{}
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	p.url = "http://" + listener.Addr().String()
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // The request has arrived in full.
			p.count.Add(1)
			switch status {
			case hangUp:
				panic(http.ErrAbortHandler) // Closes the connection without an answer.
			case saysNothing:
				<-r.Context().Done()
			default:
				w.WriteHeader(status)
			}
		})}
	go func() { _ = server.Serve(listener) }()
	DeferCleanup(server.Close)
	return p
}

// requests is how many requests arrived.
func (p *provider) requests() int { return int(p.count.Load()) }
