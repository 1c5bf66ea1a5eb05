package courier

import (
	"context"
	"errors"
	"time"
)

// Desk does what operators ask for one delivery, or for one number.
type Desk struct {
	Store    Store
	Ledger   Ledger
	Eraser   Eraser
	Recent   *Recent
	Books    Books
	Observer Observer
	// HandOver takes a delivery that has to be sent now.
	HandOver func(Delivery)
	Now      func() time.Time
}

// RefusedError says why what an operator asks for is not done.
type RefusedError struct {
	// Why is one word for programs: one of the constants below, the reason of a state,
	// or the name of a spent limit.
	Why string
}

// Why an operator's wish is refused.
const (
	// RefusedEnded: the delivery has ended, and its code is erased.
	RefusedEnded = "ended"
	// RefusedExpired: the code does not live long enough.
	RefusedExpired = ReasonCodeExpired
	// RefusedUnderWay: the message goes by SMS already.
	RefusedUnderWay = "sms_under_way"
	// RefusedNoSMS: SMS is no way to this number.
	RefusedNoSMS = "no_sms"
)

// Error says what was refused.
func (e *RefusedError) Error() string { return "refused: " + e.Why }

// Cancel ends a delivery while its code lives. Otherwise the error is a *RefusedError,
// ErrNotFound or ErrUnreadable, or the store's.
func (k *Desk) Cancel(ctx context.Context, id ID) (Delivery, error) {
	return k.decide(ctx, id, func(d Delivery, now time.Time) (Delivery, string) {
		if why := unalterable(d, 0, now); why != "" {
			return d, why
		}
		return cancel(d, ReasonOperator, now), ""
	})
}

// Resend sends a delivery's code by SMS at once, though WhatsApp may still deliver it.
// It must be alive, SMS a way to the number, no SMS under way, and the budgets must have
// room. Otherwise the error is as with Cancel.
func (k *Desk) Resend(ctx context.Context, id ID) (Delivery, error) {
	d, err := k.Store.Load(ctx, id)
	if err != nil {
		return d, err
	}
	if why := k.Books.Policy.noResend(d, k.Now()); why != "" {
		return d, &RefusedError{why}
	}
	for _, q := range k.Books.Budgets.quotas(d.To, k.Now()) {
		use, err := k.use(ctx, q)
		if err != nil {
			return d, err
		}
		if use.Left() == 0 {
			return d, &RefusedError{(&QuotaError{q.Name}).Reason()}
		}
	}
	after, err := k.decide(ctx, id, func(d Delivery, now time.Time) (Delivery, string) {
		if why := k.Books.Policy.noResend(d, now); why != "" {
			return d, why
		}
		return k.Books.Policy.resend(d, now), ""
	})
	if err == nil {
		k.HandOver(after)
	}
	return after, err
}

// unalterable returns why nothing can be done any more about a delivery whose code must
// live for so long, or "".
func unalterable(d Delivery, rest time.Duration, now time.Time) string {
	switch {
	case d.State.Ended():
		return RefusedEnded
	case !now.Add(rest).Before(d.ExpiresAt):
		return RefusedExpired
	}
	return ""
}

// noResend returns why a delivery is not sent again by SMS, or "".
func (p Policy) noResend(d Delivery, now time.Time) string {
	switch why := unalterable(d, p.MinRest, now); {
	case why != "":
		return why
	case !p.maySMS(d):
		return RefusedNoSMS
	case d.Last(SMS) != nil, p.Next(d, now).Channel == SMS, d.NoWhatsApp != "":
		return RefusedUnderWay
	}
	return ""
}

// decide changes a delivery, unless the decision is a reason why not.
func (k *Desk) decide(ctx context.Context, id ID, decision func(d Delivery, now time.Time) (Delivery, string)) (Delivery, error) {
	why := ""
	after, changed, err := changes{k.Store, k.Recent, k.Books, k.Observer, k.Now}.update(ctx, id, change{
		decide: func(d Delivery) (next Delivery, changed bool) {
			next, why = decision(d, k.Now())
			return next, why == ""
		},
	})
	if err == nil && !changed {
		err = &RefusedError{why}
	}
	return after, err
}

// Reset forgets what the limit of a number has counted, what was learned about the
// number, and that it is blocked. What it counted in limits of others stays.
func (k *Desk) Reset(ctx context.Context, to Phone) error {
	return errors.Join(k.unlearn(ctx, to), k.Store.Forget(ctx, k.Books.Limits.Block.of(to, k.Now())))
}

// unlearn forgets what the limit of a number has counted, and what was learned about it.
func (k *Desk) unlearn(ctx context.Context, to Phone) error {
	now := k.Now()
	return errors.Join(
		k.Store.Forget(ctx, k.Books.Limits.own(to, now)),
		k.Store.Forget(ctx, k.Books.Policy.absence(to, now)),
	)
}

// Forget ends what is pending for a number, takes the number out of all its deliveries
// and forgets what was counted and learned about it. That it is blocked stays. It returns
// of how many deliveries.
// After an error some may still have it; forgetting it again is harmless.
func (k *Desk) Forget(ctx context.Context, to Phone) (int, error) {
	live, err := k.Store.Find(ctx, Query{To: to, Live: true})
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, id := range live {
		_, err := k.decide(ctx, id, func(d Delivery, now time.Time) (Delivery, string) {
			if d.State.Ended() {
				return d, RefusedEnded
			}
			return cancel(d, ReasonForgotten, now), ""
		})
		if _, ended := errors.AsType[*RefusedError](err); !ended {
			faults = append(faults, err)
		}
	}
	n, err := k.Eraser.EraseNumber(ctx, to)
	k.Recent.drop(to)
	return n, errors.Join(append(faults, err, k.unlearn(ctx, to))...)
}
