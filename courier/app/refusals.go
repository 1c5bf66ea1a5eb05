package app

import (
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ory/x/logrusx"
	"github.com/urfave/negroni"
)

// refusals count the requests that a listener refuses, and warn of the first of
// each kind and then once a minute: whoever set up the other side sees nothing
// but a status.
type refusals struct {
	log      *logrusx.Logger
	metrics  *metrics
	listener string
	// routes are the paths that are served, as the router writes them.
	routes []string
	now    func() time.Time
	// unsigned hears of webhooks of Meta that were refused for their signature.
	unsigned func()

	mu     sync.Mutex
	warned map[string]time.Time
	// since counts those of a kind of which nothing was logged.
	since map[string]int
}

// warnEvery is how often a kind of refusals is warned of.
const warnEvery = time.Minute

// watch counts what next refuses.
func (f *refusals) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watched := negroni.NewResponseWriter(w)
		next.ServeHTTP(watched, r)
		if status := watched.Status(); status >= 400 && status < 500 {
			f.refused(f.route(r.URL.Path), r.Method, status)
		}
	})
}

// route is the route of a path, or "other": what clients write is no label.
func (f *refusals) route(path string) string {
	for _, route := range f.routes {
		start, _, _ := strings.Cut(route, "{")
		if path == route || start != route && strings.HasPrefix(path, start) {
			return route
		}
	}
	return "other"
}

func (f *refusals) refused(route, method string, status int) {
	if route == metaRoute && method == http.MethodPost && status == http.StatusUnauthorized {
		f.unsigned()
	}
	f.warn(route, method, status, refusalReason(status), refusalAdvice(f.listener, route, status))
}

// uncertified counts what is refused for want of a client's certificate.
func (f *refusals) uncertified(path, method string) {
	f.warn(f.route(path), method, http.StatusForbidden, "client_certificate",
		"The client has no certificate, or one with another name. Compare tls.client_names and tls.client_paths of this listener with the client; for Meta, switch mTLS on in the app dashboard. Anyone on the internet can also cause this.")
}

// unverified counts clients whose certificate another authority has signed. They get no
// further than the handshake.
func (f *refusals) unverified() {
	f.warn("other", "", 0, "client_certificate",
		"The client's certificate is signed by no authority of tls.client_ca of this listener, or it has run out. Anyone on the internet can also cause this.")
}

func (f *refusals) warn(route, method string, status int, reason, advice string) {
	f.metrics.refused.WithLabelValues(f.listener, route, reason).Inc()
	if repeats, first := f.due(route + " " + reason); first {
		f.log.WithField("listener", f.listener).WithField("route", route).WithField("method", knownMethod(method)).
			WithField("status", status).WithField("more_since_the_last_warning", repeats).
			Warn("A request was refused. " + advice)
	}
}

// due reports whether a kind is to be warned of now, and how many went without.
func (f *refusals) due(kind string) (since int, now bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.warned == nil {
		f.warned, f.since = make(map[string]time.Time), make(map[string]int)
	}
	if last, known := f.warned[kind]; known && f.now().Sub(last) < warnEvery {
		f.since[kind]++
		return 0, false
	}
	since = f.since[kind]
	f.warned[kind], f.since[kind] = f.now(), 0
	return since, true
}

// metaRoute is where Meta's webhooks come in, and receiptsRoute, with the name of a route,
// what an SMS provider reports.
const (
	metaRoute     = "/webhooks/meta"
	receiptsRoute = "/webhooks/sms/"
)

// refusalReason is the metric's word for a status.
func refusalReason(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "not_understood"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "credentials"
	case http.StatusNotFound:
		return "no_route"
	case http.StatusMethodNotAllowed:
		return "method"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusTooManyRequests:
		return "too_many"
	}
	return "status_" + strconv.Itoa(status)
}

// refusalAdvice says what to compare.
func refusalAdvice(listener, route string, status int) string {
	kratos := strings.HasPrefix(route, "/kratos/")
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		switch {
		case kratos:
			return "Compare auth.config.value of the channel and the web hooks in kratos.yml with kratos.api_keys here."
		case strings.HasPrefix(route, adminRoutes) && status == http.StatusForbidden:
			return "The key has the role read in admin.api_keys; changes need full."
		case strings.HasPrefix(route, adminRoutes):
			return "Compare the key with admin.api_keys; without any, /admin is shut."
		case route == metaRoute:
			return "Compare whatsapp.app_secrets with the app secret, and whatsapp.verify_token with the verify token, in Meta's app dashboard. Anyone on the internet can also cause this."
		case strings.HasPrefix(route, receiptsRoute):
			return "Compare the SMS provider's credentials and its callback URL with those of " + path.Base(route) + " under sms. Anyone on the internet can also cause this."
		}
	case http.StatusMethodNotAllowed:
		if kratos {
			return "Kratos must POST: set method: POST in request_config of the channel and in config of the web hooks; without it, Kratos sends GET."
		}
	case http.StatusBadRequest:
		switch route {
		case "/kratos/messages":
			return "Kratos must post the whole context: set body to deploy/kratos/message.jsonnet in request_config of the channel."
		case "/kratos/events":
			return "Kratos must post what the files deploy/kratos/event.*.jsonnet make: set body in config of the web hooks."
		}
	case http.StatusTooManyRequests:
		return "One address asks too often, or has too many streams open; see status in the configuration. Behind a proxy that is not in serve.trusted_proxies, all people have the address of the proxy. Anyone on the internet can also cause this."
	case http.StatusNotFound:
		switch {
		case route != "other":
		case listener == "private":
			return "Compare the URLs in kratos.yml: they end in /kratos/messages for the channel and in /kratos/events for the web hooks. Meta and SMS providers belong on the other listener."
		default:
			return "Callback URLs end in /webhooks/meta, or in /webhooks/sms/ and the SMS provider's name. Kratos and operators belong on the other listener."
		}
	}
	return "The answer says why."
}

// knownMethod keeps what a client writes as a method out of the log.
func knownMethod(method string) string {
	if slices.Contains(methods(), method) {
		return method
	}
	return "other"
}

// methods are those of HTTP APIs.
func methods() []string {
	return []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
}
