package admin

import (
	"net/http"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// cancel answers POST /admin/deliveries/{id}/cancel: nothing more is sent of it.
func (a *API) cancel(w http.ResponseWriter, r *http.Request) {
	id, ok := a.id(w, r)
	if !ok {
		return
	}
	d, err := a.Desk.Cancel(r.Context(), id)
	if a.done(w, r, Change{Action: CancelDelivery, Delivery: id, Err: err}) {
		a.Answer.Write(w, r, view(d))
	}
}

// resend answers POST /admin/deliveries/{id}/resend: its code goes by SMS now. WhatsApp
// never gets a code twice.
func (a *API) resend(w http.ResponseWriter, r *http.Request) {
	id, ok := a.id(w, r)
	if !ok {
		return
	}
	var body struct {
		Channel courier.Channel `json:"channel"`
	}
	if !a.decode(w, r, &body, "`channel`") {
		return
	}
	if body.Channel != courier.SMS {
		a.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason("`channel` must be sms: on WhatsApp a code is sent once."))
		return
	}
	d, err := a.Desk.Resend(r.Context(), id)
	if a.done(w, r, Change{Action: ResendDelivery, Delivery: id, Err: err}) {
		a.Answer.Write(w, r, view(d))
	}
}
