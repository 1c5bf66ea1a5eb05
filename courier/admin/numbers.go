package admin

import (
	"context"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// deny answers PUT /admin/denied-numbers: the number gets no messages any more.
func (a *API) deny(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, DenyNumber, func(ctx context.Context, p courier.Phone) error { return a.Denials.Deny(ctx, p, a.Now()) })
}

// allow answers DELETE /admin/denied-numbers: the number gets messages again.
func (a *API) allow(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, AllowNumber, a.Denials.Allow)
}

// reset answers POST /admin/limits/reset: the number may get as many codes as if it had
// got none, on WhatsApp too.
func (a *API) reset(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, ResetLimits, a.Desk.Reset)
}

// change does something for the number in the body.
func (a *API) change(w http.ResponseWriter, r *http.Request, action Action, do func(context.Context, courier.Phone) error) {
	phone, ok := a.phone(w, r)
	if ok && a.done(w, r, Change{Action: action, To: phone, Err: do(r.Context(), phone)}) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// forget answers POST /admin/forget: what is pending ends, and no delivery has the number
// any more.
func (a *API) forget(w http.ResponseWriter, r *http.Request) {
	phone, ok := a.phone(w, r)
	if !ok {
		return
	}
	deliveries, err := a.Desk.Forget(r.Context(), phone)
	if a.done(w, r, Change{Action: ForgetNumber, To: phone, Err: err}) {
		a.Answer.Write(w, r, struct {
			Deliveries int `json:"deliveries"`
		}{deliveries})
	}
}
