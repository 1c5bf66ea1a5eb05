package app

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/herodot"
	"github.com/ory/x/healthx"
	"github.com/ory/x/logrusx"
	"github.com/ory/x/reqlog"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sirupsen/logrus"
	"github.com/urfave/negroni"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin"
)

// privateRoutes serves Kratos, operators, health checks and metrics.
func privateRoutes(doors doors, answer herodot.Writer, log *logrusx.Logger, m *metrics) http.Handler {
	r := newRouter(answer, log, "private")
	r.Handle("/kratos/messages", doors.kratosKeys.Guard(answer, doors.intake)).Methods(http.MethodPost)
	r.Handle("/kratos/events", doors.kratosKeys.Guard(answer, doors.events)).Methods(http.MethodPost)

	operators := r.PathPrefix("/admin").Subrouter()
	operators.Use(func(next http.Handler) http.Handler { return doors.adminKeys.Guard(answer, next) })
	doors.admin.Register(operators)

	doors.health.SetHealthRoutes(routes{r}, true)
	doors.health.SetVersionRoutes(routes{r})
	r.Handle("/metrics/prometheus", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})).Methods(http.MethodGet)
	return r
}

// publicRoutes serves what may come from the internet, by path, and nothing else.
func publicRoutes(callbacks map[string]http.Handler, answer herodot.Writer, log *logrusx.Logger) http.Handler {
	r := newRouter(answer, log, "public")
	for path, handler := range callbacks {
		r.Handle(path, handler).Methods(http.MethodGet, http.MethodPost)
	}
	return r
}

// doors are the handlers behind the private listener.
type doors struct {
	kratosKeys, adminKeys courier.Credentials
	intake, events        http.Handler
	admin                 *admin.API
	health                *healthx.Handler
}

// newRouter makes a router whose refusals have the shape of all other errors.
func newRouter(answer herodot.Writer, log *logrusx.Logger, listener string) *mux.Router {
	r := mux.NewRouter()
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer.WriteError(w, r, herodot.ErrNotFound.WithReason("There is nothing at this address on the "+listener+" listener."))
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer.WriteError(w, r, &herodot.DefaultError{
			CodeField: http.StatusMethodNotAllowed, StatusField: http.StatusText(http.StatusMethodNotAllowed),
			ErrorField: "This address does not take the method " + r.Method + ".",
		})
	})
	requests := reqlog.NewMiddlewareFromLogger(log, listener).ExcludePaths(
		healthx.AliveCheckPath, healthx.ReadyCheckPath, "/metrics/prometheus")
	requests.SetLogStarting(false)
	requests.Before, requests.After = logRoute, logAnswer
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.ServeHTTP(w, r, next.ServeHTTP)
		})
	})
	return r
}

// logRoute logs the route's template instead of path, query and headers, where
// anyone could put anything.
func logRoute(log *logrusx.Logger, r *http.Request, remote string) *logrusx.Logger {
	route := ""
	if current := mux.CurrentRoute(r); current != nil {
		route, _ = current.GetPathTemplate()
	}
	return log.WithFields(logrus.Fields{"method": r.Method, "route": route, "remote": remote})
}

func logAnswer(log *logrusx.Logger, _ *http.Request, answer negroni.ResponseWriter, took time.Duration, listener string) *logrusx.Logger {
	return log.WithFields(logrus.Fields{"listener": listener, "status": answer.Status(), "size": answer.Size(), "took": took.String()})
}

// routes lets Ory's health handler register itself with gorilla/mux.
type routes struct{ *mux.Router }

// Handler registers a handler the way healthx asks for it.
func (r routes) Handler(method, path string, handler http.Handler) {
	r.Handle(path, handler).Methods(method)
}
