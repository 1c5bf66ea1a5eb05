package app

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/sirupsen/logrus"
	"github.com/urfave/negroni"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/status"
)

// requests counts what a listener serves, by route and status, and logs what fails
// and what operators do. The rest is Kratos and Meta at their work: a line each would
// be as many as all that is worth reading of their messages.
type requests struct {
	tools    listenerTools
	listener string
}

// Middleware implements mux's: only there the route is known.
func (q requests) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := negroni.NewResponseWriter(w)
		start := q.tools.now()
		// The route's template instead of path, query and headers, where anyone could
		// put anything.
		route, _ := mux.CurrentRoute(r).GetPathTemplate()
		r, span := q.tools.tracing.request(r, q.listener, route)
		next.ServeHTTP(answer, r)
		answered(span, answer.Status())
		q.served(r, route, answer, q.tools.now().Sub(start))
	})
}

func (q requests) served(r *http.Request, route string, answer negroni.ResponseWriter, took time.Duration) {
	trace := sampledTrace(r.Context())
	observe(q.tools.metrics.requests.WithLabelValues(q.listener, route, strconv.Itoa(answer.Status())), took, trace)
	failed := answer.Status() >= http.StatusBadRequest
	// The page for operators asks again and again by itself.
	if !failed && (!strings.HasPrefix(route, adminRoutes) || strings.HasPrefix(route, screenRoute)) {
		return
	}
	// Anyone can ask for the status in vain: refusals are counted, and warned of once a minute.
	if route == status.Path && answer.Status() < http.StatusInternalServerError {
		return
	}
	q.tools.log.WithFields(withTrace(trace, logrus.Fields{
		"listener": q.listener, "method": knownMethod(r.Method), "route": route, "remote": clientAddress(r, q.tools.trusted),
		"status": answer.Status(), "size": answer.Size(), "took": took.String(),
	})).Info("completed handling request")
}

// traced reports whether requests by a route get spans: not those that are asked again and
// again by programs that look after this one.
func traced(route string) bool {
	return strings.HasPrefix(route, "/kratos/") || strings.HasPrefix(route, "/webhooks/") ||
		strings.HasPrefix(route, adminRoutes) && !strings.HasPrefix(route, screenRoute)
}
