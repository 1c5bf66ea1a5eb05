package app

import (
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/herodot"
	"github.com/ory/x/logrusx"
	"github.com/urfave/negroni"
)

// listenerTools are what both listeners need beside their routes.
type listenerTools struct {
	answer  herodot.Writer
	log     *logrusx.Logger
	metrics *metrics
	tracing *tracing
	trusted []netip.Prefix
	// clients are those that may ask.
	clients clientRule
	// unsigned hears of webhooks of Meta that were refused for their signature.
	unsigned func()
	now      func() time.Time
}

// newRouter makes a router whose refusals have the shape of all other errors.
func (t listenerTools) newRouter(listener string) *mux.Router {
	r := mux.NewRouter().SkipClean(true) // served cleans paths; the router would redirect
	refuse := http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) { t.refuse(w, request, r, listener) })
	r.NotFoundHandler, r.MethodNotAllowedHandler = refuse, refuse
	r.Use(requests{tools: t, listener: listener}.Middleware)
	return r
}

// refuse answers what no route takes. The router says 404 for some wrong methods
// below a prefix (gorilla/mux v1.8.1), so it is asked here which it takes.
func (t listenerTools) refuse(w http.ResponseWriter, r *http.Request, router *mux.Router, listener string) {
	allowed := strings.Join(allowedMethods(router, r), ", ")
	if allowed == "" {
		t.answer.WriteError(w, r, herodot.ErrNotFound.WithReason("There is nothing at this address on the "+listener+" listener."))
		return
	}
	w.Header().Set("Allow", allowed)
	t.answer.WriteError(w, r, (&herodot.DefaultError{
		CodeField: http.StatusMethodNotAllowed, StatusField: http.StatusText(http.StatusMethodNotAllowed),
		ErrorField: "The method is not supported.",
	}).WithReason("This address does not take the method "+knownMethod(r.Method)+", but "+allowed+"."))
}

// allowedMethods are those that the router takes at the address of a request.
func allowedMethods(router *mux.Router, r *http.Request) []string {
	var allowed []string
	for _, method := range methods() {
		var match mux.RouteMatch
		other := r.WithContext(r.Context())
		other.Method = method
		if router.Match(other, &match) && match.MatchErr == nil {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// served is what a listener serves: the router behind what every request passes.
func (t listenerTools) served(r *mux.Router, listener string) http.Handler {
	refusals := &refusals{log: t.log, metrics: t.metrics, listener: listener, routes: paths(r), unsigned: t.unsigned, now: t.now}
	return withoutEmptyHeader(cleanPath(t.clients.watch(t.answer, refusals.uncertified, refusals.watch(r))))
}

// paths are the paths of a router's routes.
func paths(r *mux.Router) []string {
	var all []string
	_ = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if template, err := route.GetPathTemplate(); err == nil && route.GetHandler() != nil {
			all = append(all, template)
		}
		return nil // a walk that never fails
	})
	return all
}

// cleanPath serves the cleaned path: http://host//kratos/messages means
// /kratos/messages. A redirect would lose the code, since Kratos v1.3.1 and v26.2.0
// follow none.
func cleanPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean("/" + r.URL.Path); clean != r.URL.Path {
			u := *r.URL
			u.Path, u.RawPath = clean, ""
			r = r.WithContext(r.Context())
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	})
}

// withoutEmptyHeader leaves out the Ory-Error-Id that herodot writes also when an
// error has no id.
func withoutEmptyHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := negroni.NewResponseWriter(w)
		answer.Before(func(w negroni.ResponseWriter) {
			if w.Header().Get("Ory-Error-Id") == "" {
				w.Header().Del("Ory-Error-Id")
			}
		})
		next.ServeHTTP(answer, r)
	})
}
