package specs

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// tap stands between Kratos and a courier. Messages pass; events pass too, or
// are taken and never answered.
type tap struct {
	url string
	// messages are the bodies of the messages that passed, at most ten.
	messages chan string
	// held are events that were taken and are not answered.
	held chan struct{}
	// release ends the wait of all held events.
	release func()
	stop    func()
}

// newTap starts a tap before the courier. It ends with the spec.
func (d deployment) newTap(holdEvents bool) *tap {
	GinkgoHelper()
	needs(viaTap)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	behind := httputil.NewSingleHostReverseProxy(must(url.Parse(d.Courier.KratosURL())))
	open := make(chan struct{})
	t := &tap{
		url: "http://" + listener.Addr().String(), held: make(chan struct{}, 10), messages: make(chan string, 10),
		release: sync.OnceFunc(func() { close(open) }),
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if holdEvents && d.Courier.EventsURL() == d.Courier.KratosURL()+r.URL.Path {
				_, _ = io.Copy(io.Discard, r.Body)
				t.held <- struct{}{}
				select {
				case <-open:
				case <-r.Context().Done():
				}
				return
			}
			if d.Courier.MessagesURL() == d.Courier.KratosURL()+r.URL.Path {
				body, _ := io.ReadAll(r.Body) // A body cut short is the courier's to refuse.
				r.Body = io.NopCloser(bytes.NewReader(body))
				select {
				case t.messages <- string(body):
				default:
				}
			}
			behind.ServeHTTP(w, r)
		})}
	go func() { _ = server.Serve(listener) }()
	t.stop = func() { _ = server.Close() }
	DeferCleanup(func() {
		t.release()
		t.stop()
	})
	return t
}

// options are those of a Kratos that reaches the courier through the tap.
func (t *tap) options() testkit.KratosOptions {
	return testkit.KratosOptions{CourierURL: t.url, Configure: eager}
}
