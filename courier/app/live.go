package app

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// liveHandler is a handler that is replaced while it serves. What is under way ends with
// the old one.
type liveHandler struct{ current atomic.Pointer[http.Handler] }

func (l *liveHandler) set(h http.Handler) { l.current.Store(&h) }

// ServeHTTP implements http.Handler.
func (l *liveHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*l.current.Load()).ServeHTTP(w, r)
}

// liveSender is the sender of a route, which is replaced while it sends.
type liveSender struct {
	current atomic.Pointer[courier.Sender]
}

func (l *liveSender) set(s courier.Sender) { l.current.Store(&s) }

// Provider implements courier.Sender.
func (l *liveSender) Provider() string { return (*l.current.Load()).Provider() }

// Send implements courier.Sender.
func (l *liveSender) Send(ctx context.Context, o courier.Outgoing) (courier.Taken, error) {
	return (*l.current.Load()).Send(ctx, o)
}

func liveSenders(made map[string]courier.Sender) map[string]*liveSender {
	all := make(map[string]*liveSender, len(made))
	for name, sender := range made {
		all[name] = &liveSender{}
		all[name].set(sender)
	}
	return all
}

func asSenders(live map[string]*liveSender) map[string]courier.Sender {
	all := make(map[string]courier.Sender, len(live))
	for name, sender := range live {
		all[name] = sender
	}
	return all
}
