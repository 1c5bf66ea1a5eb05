// Package admin is the operator API: what became of every delivery, without
// codes and with masked numbers, and what operators may change. It belongs on the
// private listener, behind an auth.Keyring. openapi.yaml describes it.
package admin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// API serves what is below /admin.
type API struct {
	Reader  courier.Reader
	Denials courier.Denials
	Desk    Desk
	// Changed is told what an operator has changed, or tried to.
	Changed func(*http.Request, Change)
	// Prices are for reports.
	Prices Prices
	// Faults lists what is degraded for everyone.
	Faults func() []courier.Fault
	// LastReport is when the last report of Meta came; zero before the first.
	LastReport func() time.Time
	// OldKeys tells how many deliveries were sealed under an old secret when they
	// were last counted; nil means that they were not yet.
	OldKeys func() *int
	// Configuration is what this process goes by.
	Configuration func() Configuration
	// Self is the replica that answers, and Replicas lists all that live.
	Self     courier.ID
	Replicas func() []courier.Replica
	// Trouble is told what failed, since the answer does not say it.
	Trouble func(doing string, err error)
	Answer  herodot.Writer
	Now     func() time.Time
}

// Register adds the API's routes to the router of /admin.
func (a *API) Register(r *mux.Router) {
	r.Handle("/deliveries", a.taking(a.list, filters()...)).Methods(http.MethodGet)
	r.Handle("/deliveries/search", a.taking(a.search, filters()...)).Methods(http.MethodPost)
	r.Handle("/deliveries/{id}", a.taking(a.get)).Methods(http.MethodGet)
	r.Handle("/deliveries/{id}/cancel", a.taking(a.changing(a.cancel))).Methods(http.MethodPost)
	r.Handle("/deliveries/{id}/resend", a.taking(a.changing(a.resend))).Methods(http.MethodPost)
	r.Handle("/reports", a.taking(a.reports, reportParameters()...)).Methods(http.MethodGet)
	r.Handle("/status", a.taking(a.status)).Methods(http.MethodGet)
	r.Handle("/configuration", a.taking(a.configuration)).Methods(http.MethodGet)
	r.Handle("/denied-numbers", a.taking(a.changing(a.deny))).Methods(http.MethodPut)
	r.Handle("/denied-numbers", a.taking(a.changing(a.allow))).Methods(http.MethodDelete)
	r.Handle("/limits", a.taking(a.limits)).Methods(http.MethodGet)
	r.Handle("/limits/search", a.taking(a.limitsOf)).Methods(http.MethodPost)
	r.Handle("/limits/reset", a.taking(a.changing(a.reset))).Methods(http.MethodPost)
	r.Handle("/forget", a.taking(a.changing(a.forget))).Methods(http.MethodPost)
	r.Handle("/openapi.yaml", a.taking(a.describe)).Methods(http.MethodGet)
}

// taking refuses requests with other query parameters than these, or with one of
// them twice: an answer that leaves a filter out looks as if it had been applied.
func (a *API) taking(next http.HandlerFunc, known ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The query of the URL cannot be read."))
			return
		}
		for name, values := range query {
			if len(values) > 1 {
				a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReasonf("The query parameter %q is there %d times; give it once.", clip(name), len(values)))
				return
			}
			if !slices.Contains(known, name) {
				a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReasonf("The query parameter %q is unknown here; known are: %s.", clip(name), cmp.Or(strings.Join(known, ", "), "none")))
				return
			}
		}
		next(w, r)
	})
}

// clip bounds what is quoted of a request.
func clip(text string) string {
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

func (a *API) get(w http.ResponseWriter, r *http.Request) {
	id, ok := a.id(w, r)
	if !ok {
		return
	}
	d, err := a.Reader.Peek(r.Context(), id)
	switch {
	case errors.Is(err, courier.ErrNotFound):
		a.notFound(w, r)
	case err != nil:
		a.fail(w, r, "read", err)
	default:
		a.Answer.Write(w, r, view(d))
	}
}

// id is the delivery that the path names.
func (a *API) id(w http.ResponseWriter, r *http.Request) (courier.ID, bool) {
	id, err := uuid.Parse(mux.Vars(r)["id"])
	if err != nil {
		a.notFound(w, r)
	}
	return id, err == nil
}

func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	a.Answer.WriteError(w, r, herodot.ErrNotFound.WithReason("There is no delivery with this id."))
}

// fail answers that the store could not be read or written. Someone who hung up
// is no trouble.
func (a *API) fail(w http.ResponseWriter, r *http.Request, done string, err error) {
	if r.Context().Err() == nil {
		a.Trouble("answering an operator", err)
	}
	a.Answer.WriteError(w, r, herodot.ErrInternalServerError.WithReasonf("The store could not be %s.", done))
}
