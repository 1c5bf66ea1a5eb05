package kratos

import (
	"context"
	"net/http"
	"strings"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Messages serves POST /kratos/messages.
//
// It answers as fast as the disk allows and never with a status that makes
// Kratos wait: Kratos has one worker for everyone's messages, and v1.3.1 sleeps
// inside it on 429 and on Retry-After.
type Messages struct {
	Intake Intake
	Answer herodot.Writer
}

// Intake takes a message; *courier.Intake is one.
type Intake interface {
	// Take returns once the message is on disk. An error means that nothing was
	// stored.
	Take(ctx context.Context, m courier.Message) (courier.Acceptance, error)
}

// representation is the answer to `Prefer: return=representation`.
type representation struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// ServeHTTP answers 204 without a body (Kratos would keep a connection open for
// a body) once the delivery is on disk, also for a repeat and for a message
// that will not be sent. 503 means that nothing was stored.
func (h *Messages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		h.Answer.WriteError(w, r, err)
		return
	}
	message, err := ParseMessage(body)
	if err != nil {
		h.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(err.Error()))
		return
	}
	// Kratos hanging up does not take the message back.
	got, err := h.Intake.Take(context.WithoutCancel(r.Context()), message)
	if err != nil {
		h.Answer.WriteError(w, r, unavailable("The message could not be stored. Nothing was accepted; send it again."))
		return
	}
	w.Header().Set("X-Delivery-Id", got.Delivery.ID.String())
	if !prefersRepresentation(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.Answer.WriteCode(w, r, http.StatusAccepted, representation{
		ID: got.Delivery.ID.String(), Status: string(got.Delivery.State), Reason: got.Delivery.Reason,
	})
}

func prefersRepresentation(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Prefer"), "return=representation")
}
