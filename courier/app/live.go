package app

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

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
	channel courier.Channel
	current atomic.Pointer[courier.Sender]
	metrics *metrics
	tracing *tracing
}

func (l *liveSender) set(s courier.Sender) { l.current.Store(&s) }

// Provider implements courier.Sender.
func (l *liveSender) Provider() string { return (*l.current.Load()).Provider() }

// Send implements courier.Sender.
func (l *liveSender) Send(ctx context.Context, o courier.Outgoing) (courier.Taken, error) {
	ctx, span := l.tracing.send(ctx, o, l.channel, l.Provider())
	began := time.Now()
	taken, err := (*l.current.Load()).Send(ctx, o)
	observe(l.metrics.sends.WithLabelValues(string(l.channel), l.Provider(), sendOutcome(err)), time.Since(began), courier.TraceID(o.Trace))
	sent(span, err)
	return taken, err
}

// sendOutcome is the metric's word for how a send ended.
func sendOutcome(err error) string {
	if err == nil {
		return "taken"
	}
	failure, ok := errors.AsType[*courier.DeliveryError](err)
	if !ok {
		return string(courier.ClassUnknown)
	}
	return string(failure.Class)
}

// liveSenders makes the senders of all routes, of those that were made now.
func liveSenders(routes courier.Routes, made map[string]courier.Sender, m *metrics, t *tracing) map[string]*liveSender {
	all := make(map[string]*liveSender, len(routes))
	for _, route := range routes {
		all[route.Name] = &liveSender{channel: route.Channel, metrics: m, tracing: t}
		all[route.Name].set(made[route.Name])
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
