package app

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/ory/x/healthx"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin/screen"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/status"
)

// privateRoutes serves Kratos, operators, health checks and metrics.
func privateRoutes(h privateHandlers, t listenerTools) http.Handler {
	r := t.newRouter("private")
	r.Handle("/kratos/messages", h.kratosKeys.Guard(t.answer, h.messages)).Methods(http.MethodPost)
	r.Handle("/kratos/events", h.kratosKeys.Guard(t.answer, h.events)).Methods(http.MethodPost)

	screen.Register(r, screenRoute) // it holds no secret: what it shows comes from below
	operators := r.PathPrefix(adminRoutes).Subrouter()
	operators.Use(func(next http.Handler) http.Handler { return h.adminKeys.Guard(t.answer, next) })
	h.admin.Register(operators)
	operators.Handle("/ui/live", h.screen.Live()).Methods(http.MethodPost)

	h.health.SetHealthRoutes(routes{r}, true)
	h.health.SetVersionRoutes(routes{r})
	routes{r}.Handler(http.MethodGet, "/metrics/prometheus", promhttp.HandlerFor(t.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	return t.served(r, "private")
}

// adminRoutes is what the paths of the operators' API begin with.
const adminRoutes = "/admin"

// screenRoute is where the page for operators is.
const screenRoute = adminRoutes + "/ui"

// publicRoutes serves what may come from the internet, and nothing else: callbacks by path,
// and login pages unless pages is nil.
func publicRoutes(callbacks map[string]http.Handler, pages http.Handler, t listenerTools) http.Handler {
	r := t.newRouter("public")
	for path, handler := range callbacks {
		r.Handle(path, handler).Methods(http.MethodGet, http.MethodPost)
	}
	if pages != nil {
		r.Handle(status.Path, pages).Methods(http.MethodGet, http.MethodOptions)
	}
	return t.served(r, "public")
}

// privateHandlers are those of the private listener.
type privateHandlers struct {
	kratosKeys       auth.Credentials
	adminKeys        auth.Keyring
	messages, events http.Handler
	admin            *admin.API
	screen           *screen.Screen
	health           *healthx.Handler
}

// routes lets Ory's health handler register itself with gorilla/mux.
type routes struct{ *mux.Router }

// Handler registers a handler the way healthx asks for it. Load balancers ask with
// HEAD where others ask with GET.
func (r routes) Handler(method, path string, handler http.Handler) {
	methods := []string{method}
	if method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	r.Handle(path, handler).Methods(methods...)
}
