package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ory/herodot"

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

// change reads {"phone": "+..."}: a number belongs in no URL, which everybody
// logs.
func (a *API) change(w http.ResponseWriter, r *http.Request, do func(context.Context, courier.Phone) error) {
	var body struct {
		Phone string `json:"phone"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&body) != nil || decoder.More() {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("The body must be a JSON object with `phone` and nothing else."))
		return
	}
	phone, err := courier.ParsePhone(body.Phone)
	if err != nil {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("`phone` is not a phone number in international format."))
		return
	}
	if err := do(r.Context(), phone); err != nil {
		a.fail(w, r, "written", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
