package courier

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Dispatcher carries deliveries out: it asks the plan, calls the senders and
// records every step before and after.
type Dispatcher struct {
	store    Store
	senders  map[Channel]Sender
	policy   Policy
	budgets  Budgets
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

// NewDispatcher wires a dispatcher. Senders must hold every channel that the
// policy's mode allows.
func NewDispatcher(store Store, senders map[Channel]Sender, p Policy, b Budgets, o Observer, now func() time.Time) *Dispatcher {
	return &Dispatcher{
		store: store, senders: senders, policy: p, budgets: b, observer: o, now: now,
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
		step := x.policy.Next(d, x.now())
		if step.Action != Send {
			_, err := x.save(ctx, x.policy.settle(d, x.now()))
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

// send makes one attempt: commit, request, record.
func (x *Dispatcher) send(ctx context.Context, d Delivery, c Channel) (Delivery, error) {
	sender := x.senders[c]
	started, err := x.store.Save(ctx, x.policy.begin(d, c, sender.Provider(), x.now()), x.budgets.quotas(c, x.now())...)
	if spent, ok := errors.AsType[*QuotaError](err); ok {
		d.end(StateFailed, spent.Quota+"_limit", x.now())
		return x.save(ctx, d)
	}
	if err != nil {
		return d, err
	}
	n := len(started.Attempts)
	requestCtx, cancel := context.WithTimeout(ctx, x.policy.SendTimeout)
	defer cancel()
	accepted, failure := sender.Send(requestCtx, Outgoing{
		To: d.To, Code: d.Code, Purpose: d.Purpose, Locales: d.Locales,
		Reference: Reference(d.ID, n), Life: d.ExpiresAt.Sub(x.now()),
	})
	recorded, ended, err := update(ctx, x.store, &started, d.ID, func(d Delivery) (Delivery, bool) {
		return x.policy.finish(d, n, accepted, failure, x.now()), true
	})
	if err != nil {
		return d, err
	}
	x.observer.Attempted(recorded, *recorded.Attempt(n))
	if ended {
		x.observer.Ended(recorded)
	}
	return recorded, nil
}

// save writes a decision of the plan.
func (x *Dispatcher) save(ctx context.Context, d Delivery) (Delivery, error) {
	saved, err := x.store.Save(ctx, d)
	if err == nil && saved.State.Ended() {
		x.observer.Ended(saved)
	}
	return saved, err
}
