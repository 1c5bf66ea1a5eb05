package courier

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Dispatcher carries deliveries out: it asks the plan, calls the senders and
// records every step before and after.
type Dispatcher struct {
	store    Store
	senders  map[Channel]Sender
	policy   Policy
	books    Books
	pace     *Pace
	breakers *Breakers
	observer Observer
	now      func() time.Time

	ready chan Delivery
	slots chan struct{}
}

const (
	// parallel bounds the requests to providers that are on their way at once.
	// At Meta's usual 0.1-0.3 s per request it carries Meta's highest rate for
	// one number, 1,000 messages a second.
	parallel = 256
	// queued bounds the deliveries that wait in memory; what does not fit is
	// claimed from the store after handOver.
	queued = 4096
	// pollEvery is how often the store is asked for due deliveries.
	pollEvery = 200 * time.Millisecond
)

// Setup is what a dispatcher works with.
type Setup struct {
	Store Store
	// Senders must hold every channel that the policy's modes allow.
	Senders  map[Channel]Sender
	Books    Books
	Pace     *Pace
	Breakers *Breakers
	Observer Observer
	Now      func() time.Time
}

// NewDispatcher wires a dispatcher.
func NewDispatcher(s Setup) *Dispatcher {
	return &Dispatcher{
		store: s.Store, senders: s.Senders, policy: s.Books.Policy, books: s.Books,
		pace: s.Pace, breakers: s.Breakers, observer: s.Observer, now: s.Now,
		ready: make(chan Delivery, queued), slots: make(chan struct{}, parallel),
	}
}

// Offer hands over a delivery that was just stored and is to be carried out
// now. It never blocks: with a full queue the store keeps the delivery until it
// is claimed.
func (x *Dispatcher) Offer(d Delivery) {
	select {
	case x.ready <- d:
	default:
	}
}

// Run works until ctx ends, then waits for the requests under way. What is left
// stays in the store and is claimed by the next run.
func (x *Dispatcher) Run(ctx context.Context) {
	var underWay sync.WaitGroup
	defer underWay.Wait()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-x.ready:
			if !x.start(ctx, &underWay, d) {
				return
			}
		case <-poll.C:
			for _, d := range x.claim(ctx) {
				if !x.start(ctx, &underWay, d) {
					return
				}
			}
		}
	}
}

// start carries d out as soon as a slot is free.
func (x *Dispatcher) start(ctx context.Context, underWay *sync.WaitGroup, d Delivery) bool {
	select {
	case <-ctx.Done():
		return false
	case x.slots <- struct{}{}:
	}
	underWay.Go(func() {
		defer func() { <-x.slots }()
		// A step under way is finished and recorded also while stopping.
		if err := x.advance(context.WithoutCancel(ctx), d); err != nil && !errors.Is(err, ErrConflict) {
			x.observer.Trouble("advancing delivery "+d.ID.String(), err)
		}
	})
	return true
}

func (x *Dispatcher) claim(ctx context.Context) []Delivery {
	room := parallel - len(x.slots)
	if room == 0 {
		return nil
	}
	due, err := x.store.Claim(ctx, x.now(), handOver, room)
	if err != nil && ctx.Err() == nil {
		x.observer.Trouble("claiming due deliveries", err)
	}
	return due
}

// advance takes steps until the delivery has to wait or has ended. ErrConflict
// means that somebody else has moved it on, and set its due time.
func (x *Dispatcher) advance(ctx context.Context, d Delivery) error {
	for {
		var step Step
		var err error
		if d, step, err = x.step(ctx, d); err != nil {
			return err
		}
		if step.Action != Send {
			_, err := x.save(ctx, d, x.policy.follow(d, step, x.now()))
			return err
		}
		next, err := x.send(ctx, d, step.Channel)
		if err != nil {
			return err
		}
		if next.State.Ended() || x.policy.Next(next, x.now()).Action == Wait {
			return nil
		}
		d = next
	}
}

// step asks the plan, and holds a send against the other messages to the person
// and against what is known about everyone's.
func (x *Dispatcher) step(ctx context.Context, d Delivery) (Delivery, Step, error) {
	step, first := x.policy.Next(d, x.now()), len(d.Attempts) == 0
	var err error
	if step.Action == Send && first {
		step, err = x.inTurn(ctx, d, step)
	}
	if step.Action == Send && step.Channel == WhatsApp && err == nil {
		d, step = x.mayWhatsApp(ctx, d, step)
	}
	if step.Action == Send && err == nil && !(first && step.Channel == WhatsApp) {
		step, err = x.unlessOvertaken(ctx, d, step)
	}
	return d, step, err
}

// mayWhatsApp holds a step over WhatsApp against what is known about everyone's
// messages: is the account in order, is there room at the provider's rate?
func (x *Dispatcher) mayWhatsApp(ctx context.Context, d Delivery, step Step) (Delivery, Step) {
	now := x.now()
	wait, taken := x.pace.reserve(now)
	if x.policy.maySMS(d) && x.breakers.Broken(Account) && !(taken && x.breakers.Usable(Account, now)) {
		// Only one that goes now can be the probe.
		return x.withoutWhatsApp(d, ReasonDegraded)
	}
	if taken {
		// Somebody else may claim the delivery meanwhile; its version tells.
		if wait > 0 {
			sleep(ctx, wait)
		}
		return d, step
	}
	if x.policy.maySMS(d) && now.Add(wait).After(d.AcceptedAt.Add(x.policy.FallbackOverall)) {
		return x.withoutWhatsApp(d, ReasonBusy)
	}
	return d, Step{Action: Wait, At: earliest(now.Add(x.policy.Spread(wait)), d.ExpiresAt)}
}

func (x *Dispatcher) withoutWhatsApp(d Delivery, why string) (Delivery, Step) {
	d = withoutWhatsApp(d, why)
	return d, x.policy.Next(d, x.now())
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// send makes one attempt: commit, request, record.
func (x *Dispatcher) send(ctx context.Context, d Delivery, c Channel) (Delivery, error) {
	sender := x.senders[c]
	begun := x.policy.begin(d, c, sender.Provider(), x.now())
	if begun.State.Ended() {
		// The last moment passed between decision and action.
		return x.save(ctx, d, x.policy.settle(d, x.now()))
	}
	started, _, err := x.changes().save(ctx, d, begun)
	if spent, ok := errors.AsType[*QuotaError](err); ok {
		return x.save(ctx, d, x.policy.withoutBudget(d, spent, x.now()))
	}
	if err != nil {
		return d, err
	}
	n := len(started.Attempts)
	accepted, failure := x.request(ctx, sender, started, n)
	recorded, ended, err := x.changes().update(ctx, &started, d.ID, func(d Delivery) (Delivery, bool) {
		return x.policy.finish(d, n, accepted, failure, x.now()), true
	})
	if err != nil {
		return d, err
	}
	attempt := *recorded.Attempt(n)
	x.learn(attempt, failure)
	x.observer.Attempted(recorded, attempt)
	if attempt.identityChanged() {
		x.observer.Alerted(recorded)
	}
	if ended {
		x.observer.Ended(recorded)
	}
	return recorded, nil
}

func (x *Dispatcher) request(ctx context.Context, sender Sender, d Delivery, n int) (Taken, error) {
	ctx, cancel := context.WithTimeout(ctx, x.policy.SendTimeout)
	defer cancel()
	o := Outgoing{
		To: d.To, Code: d.Code, Purpose: d.Purpose, Locales: d.Locales,
		Reference: Reference(d.ID, n), Life: d.ExpiresAt.Sub(x.now()),
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
func (x *Dispatcher) learn(a Attempt, failure error) {
	x.breakers.learn(a, false, x.now())
	if a.Channel == WhatsApp && a.Class.Traits().Next == RetryWhenAsked {
		x.pace.Hold(max(deliveryError(failure).RetryAfter, time.Second), x.now())
	}
}

// save writes a decision of the plan.
func (x *Dispatcher) save(ctx context.Context, before, next Delivery) (Delivery, error) {
	saved, ended, err := x.changes().save(ctx, before, next)
	if ended {
		x.observer.Ended(saved)
	}
	return saved, err
}

func (x *Dispatcher) changes() changes { return changes{x.store, x.books, x.now} }
