package courier

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/ory/herodot"
)

// maxBody bounds a request body, in bytes. Kratos' messages have 1 to 25 kB.
const maxBody = 1 << 20

// Intake takes messages from Kratos: POST /kratos/messages.
//
// It answers as fast as the disk allows and never with a status that makes
// Kratos wait: Kratos has one worker for everyone's messages, and v1.3.1 sleeps
// inside it on 429 and on Retry-After.
type Intake struct {
	Store    Store
	Policy   Policy
	Limits   Limits
	Ledger   Ledger
	Observer Observer
	// HandOver takes a new delivery that is to be carried out now.
	HandOver func(Delivery)
	// RetrySpan is for how long after a code's life Kratos may still repeat its
	// message.
	RetrySpan time.Duration
	Answer    herodot.Writer
	Now       func() time.Time
}

// receipt is the answer to `Prefer: return=representation`.
type receipt struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// ServeHTTP answers 204 without a body (Kratos would keep a connection open for
// a body) once the delivery is on disk, also for a repeat and for a message
// that will not be sent. 503 means that nothing was stored.
func (in *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		in.Answer.WriteError(w, r, err)
		return
	}
	message, err := ParseMessage(body)
	if err != nil {
		in.Answer.WriteError(w, r, herodot.ErrBadRequest.WithReason(err.Error()))
		return
	}
	// Kratos hanging up does not take the message back.
	got, err := in.accept(context.WithoutCancel(r.Context()), message)
	if err != nil {
		in.Observer.Trouble("storing a message of Kratos", err)
		in.Answer.WriteError(w, r, unavailable())
		return
	}
	w.Header().Set("X-Delivery-Id", got.Delivery.ID.String())
	if !prefersRepresentation(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	in.Answer.WriteCode(w, r, http.StatusAccepted, receipt{
		ID: got.Delivery.ID.String(), Status: string(got.Delivery.State), Reason: got.Delivery.Reason,
	})
}

func (in *Intake) accept(ctx context.Context, m Message) (Acceptance, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Acceptance{}, err
	}
	d := newDelivery(id, m, in.Policy, in.Now())
	found, unusual := in.doubt(ctx, d)
	refused := in.Limits.refused(d.To)
	switch {
	// The code stays with it, so that a repeat is known by it. It is not kept.
	case d.State.Ended():
	case refused != "":
		d.State, d.Reason = StateSuppressed, refused
	case unusual && in.Limits.Unused.Stop:
		d.State, d.Reason = StateSuppressed, ReasonUnused
	}
	got, err := in.Store.Accept(ctx, d, in.Limits.accept(d, in.Policy, in.RetrySpan))
	if err != nil {
		return Acceptance{}, err
	}
	in.Observer.Received(d, got)
	if unusual && got.Outcome != Repeated {
		in.Observer.Unusual(found)
	}
	if got.Outcome == Created {
		in.HandOver(got.Delivery)
	}
	return got, nil
}

func prefersRepresentation(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Prefer"), "return=representation")
}

// readBody reads a request body within its bounds. Its errors are ready to be
// answered.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, status(http.StatusRequestEntityTooLarge).WithReasonf("The body is longer than %d bytes.", tooLong.Limit)
	}
	if err != nil {
		return nil, herodot.ErrBadRequest.WithReason("The body ended early.")
	}
	return body, nil
}

// unavailable never carries a Retry-After: Kratos v1.3.1 would sleep that long
// in its only worker.
func unavailable() error {
	return status(http.StatusServiceUnavailable).WithReason("The message could not be stored. Nothing was accepted; send it again.")
}

func status(code int) *herodot.DefaultError {
	return &herodot.DefaultError{CodeField: code, StatusField: http.StatusText(code), ErrorField: http.StatusText(code)}
}
