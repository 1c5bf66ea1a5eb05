package courier

import (
	"context"
	"errors"
	"slices"
	"time"
)

// send makes one attempt: commit, request, record.
func (x *Dispatcher) send(ctx context.Context, d Delivery, c Channel, by *way, now time.Time) (Delivery, error) {
	begun := x.policy.begin(d, c, by.name, now)
	started, err := x.save(ctx, d, begun)
	if spent, ok := errors.AsType[*QuotaError](err); ok {
		x.breakers.learnBudget(spent, now)
		return x.save(ctx, d, x.policy.withoutBudget(d, spent, x.now()))
	}
	if err != nil {
		return d, err
	}
	x.giveUp(d, started, now)
	if c == SMS {
		x.breakers.learnBudget(nil, now)
	}
	n := len(started.Attempts)
	taken, failure := x.request(ctx, by.sender, started, n)
	recorded, _, err := x.changes().update(ctx, d.ID, change{
		decide: func(d Delivery) (Delivery, bool) {
			return x.policy.finish(d, n, taken, failure, x.now()), true
		},
		saved: func(_, after Delivery) {
			attempt := *after.Attempt(n)
			x.learn(by, after.To, attempt, failure)
			x.observer.Attempted(after, attempt)
			if attempt.identityChanged() {
				x.observer.Alerted(after)
			}
		},
	})
	return recorded, err
}

func (x *Dispatcher) request(ctx context.Context, sender Sender, d Delivery, n int) (Taken, error) {
	now := x.now()
	life, rest := d.ExpiresAt.Sub(now), d.Attempt(n).StartedAt.Add(x.policy.SendTimeout).Sub(now)
	// After a commit that took long, the request must still end within the code's life
	// and before the plan takes it for dead.
	ctx, cancel := context.WithTimeout(ctx, min(life, rest))
	defer cancel()
	o := Outgoing{
		To: d.To, Code: d.Code, Purpose: d.Purpose, Locales: d.Locales,
		Reference: Reference(d.ID, n), Trace: d.Trace, Life: life,
	}
	if d.Attempt(n).Channel == WhatsApp {
		failed := d.failedVariants()
		o.Usable = func(variant string) bool {
			return !slices.Contains(failed, variant) && x.breakers.Usable(variant, x.now())
		}
	}
	return sender.Send(ctx, o)
}

// learn draws conclusions for everyone's messages from the outcome of one.
func (x *Dispatcher) learn(by *way, to Phone, a Attempt, failure error) {
	x.breakers.learn(a, false, x.now())
	x.breakers.learnAnswer(to, a, x.now())
	// A 429 without the provider's own code may come from a proxy: it concerns this
	// message only.
	if a.Channel == WhatsApp && a.Class.Traits().Next == RetryWhenAsked && a.Code != "" {
		by.pace.Hold(max(deliveryError(failure).RetryAfter, time.Second), x.now())
	}
	if a.got() {
		by.pace.Resume(a.StartedAt)
	}
}

// giveUp notes a message that WhatsApp took, of which nothing was reported in the
// time that it has to.
func (x *Dispatcher) giveUp(before, after Delivery, now time.Time) {
	if !after.unreported() || !givesUpWhatsApp(before, after) {
		return
	}
	if now.Sub(after.Last(WhatsApp).AcceptedAt) >= x.policy.FallbackAfter {
		x.breakers.learnSilence(now)
	}
}
