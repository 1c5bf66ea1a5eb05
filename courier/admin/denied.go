package admin

import (
	"context"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// deny answers PUT /admin/denied-numbers: the number gets no messages any more.
func (a *API) deny(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, func(ctx context.Context, p courier.Phone) error { return a.Denials.Deny(ctx, p, a.Now()) })
}

// allow answers DELETE /admin/denied-numbers: the number gets messages again.
func (a *API) allow(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, a.Denials.Allow)
}

// change does something for the number in the body.
func (a *API) change(w http.ResponseWriter, r *http.Request, do func(context.Context, courier.Phone) error) {
	phone, ok := a.phone(w, r)
	if !ok {
		return
	}
	if err := do(r.Context(), phone); err != nil {
		a.fail(w, r, "written", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
