package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ory/herodot"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
)

// Desk carries out what operators ask for; courier.Desk says how.
type Desk interface {
	Cancel(ctx context.Context, id courier.ID) (courier.Delivery, error)
	Resend(ctx context.Context, id courier.ID) (courier.Delivery, error)
	Usage(ctx context.Context, to courier.Phone) ([]courier.Usage, error)
	AbsentUntil(ctx context.Context, to courier.Phone) (time.Time, error)
	BlockedUntil(ctx context.Context, to courier.Phone) (time.Time, error)
	Reset(ctx context.Context, to courier.Phone) error
	Forget(ctx context.Context, to courier.Phone) (deliveries int, err error)
}

// Action is what an operator can do.
type Action string

// The actions.
const (
	CancelDelivery Action = "cancel_delivery"
	ResendDelivery Action = "resend_delivery"
	DenyNumber     Action = "deny_number"
	AllowNumber    Action = "allow_number"
	ResetLimits    Action = "reset_limits"
	ForgetNumber   Action = "forget_number"
)

// Change is what an operator did, or tried to do.
type Change struct {
	// Key names whose API key it was.
	Key    string
	Action Action
	// Delivery or To is what it was done to; the other one is zero.
	Delivery courier.ID
	To       courier.Phone
	// Err is nil if it was done, a *courier.RefusedError if a rule forbade it; otherwise
	// it was not done, or not wholly.
	Err error
}

// changing lets only keys through that may change something.
func (a *API) changing(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if auth.HolderOf(r.Context()).ReadOnly {
			a.Answer.WriteError(w, r, herodot.ErrForbidden.WithReason("This key may only read. Use one whose role is full."))
			return
		}
		next(w, r)
	}
}

// done reports a change to the audit log and returns whether it succeeded; if not, it
// answers why.
func (a *API) done(w http.ResponseWriter, r *http.Request, c Change) bool {
	c.Key = auth.HolderOf(r.Context()).Name
	a.Changed(r, c)
	refused, forbidden := errors.AsType[*courier.RefusedError](c.Err)
	switch {
	case c.Err == nil:
		return true
	case forbidden:
		a.refuse(w, r, refused.Why)
	case errors.Is(c.Err, courier.ErrNotFound):
		a.notFound(w, r)
	case errors.Is(c.Err, courier.ErrUnreadable):
		a.refuse(w, r, "unreadable")
	default:
		a.fail(w, r, "written", c.Err)
	}
	return false
}

// refuse answers why what is asked for is not done: in a word for programs, and in a
// sentence.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, why string) {
	sentence, ok := map[string]string{
		courier.RefusedEnded:    "The delivery has ended, and its code is erased.",
		courier.RefusedExpired:  "The code has expired, or is about to.",
		courier.RefusedUnderWay: "The message goes by SMS already.",
		courier.RefusedNoSMS:    "This number gets no SMS: its country's mode or a spent budget rules it out.",
		"unreadable":            "The delivery cannot be decrypted; put its secret back into secrets.cipher.",
	}[why]
	if !ok {
		sentence = "A limit is spent: " + why + "."
	}
	a.Answer.WriteError(w, r, herodot.ErrConflict.WithError("The change was not made.").WithReason(sentence).WithDetail("why", why))
}
