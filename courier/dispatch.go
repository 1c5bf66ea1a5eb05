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
	lanes    map[Channel]*lane
	policy   Policy
	books    Books
	pace     *Pace
	breakers *Breakers
	observer Observer
	now      func() time.Time

	ready   chan turn
	workers chan struct{}
}

const (
	// parallel bounds the deliveries that are worked on at once. When every lane is
	// full, some workers are left that only ask the plan and write to the store.
	parallel = 2*laneSize + 64
	// queued bounds the deliveries that wait in memory; what does not fit is
	// claimed from the store after handOver.
	queued = 4096
	// pollEvery is how often the store is asked for due deliveries.
	pollEvery = 200 * time.Millisecond
)

// turn is a delivery whose next step is to be taken.
type turn struct {
	delivery Delivery
	// paced: its place in the provider's rate is taken.
	paced bool
}

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
		lanes: map[Channel]*lane{WhatsApp: {size: laneSize}, SMS: {size: laneSize}},
		pace:  s.Pace, breakers: s.Breakers, observer: s.Observer, now: s.Now,
		ready: make(chan turn, queued), workers: make(chan struct{}, parallel),
	}
}

// Offer hands over a delivery that was just stored and is to be carried out
// now. It never blocks: with a full queue the store keeps the delivery until it
// is claimed.
func (x *Dispatcher) Offer(d Delivery) { x.offer(turn{delivery: d}) }

func (x *Dispatcher) offer(t turn) {
	select {
	case x.ready <- t:
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
		case t := <-x.ready:
			if !x.start(ctx, &underWay, t) {
				return
			}
		case <-poll.C:
			for _, d := range x.claim(ctx) {
				if !x.start(ctx, &underWay, turn{delivery: d}) {
					return
				}
			}
		}
	}
}

// start carries a turn out as soon as a worker is free.
func (x *Dispatcher) start(ctx context.Context, underWay *sync.WaitGroup, t turn) bool {
	select {
	case <-ctx.Done():
		return false
	case x.workers <- struct{}{}:
	}
	underWay.Go(func() {
		defer func() { <-x.workers }()
		// A step under way is finished and recorded also while stopping.
		if err := x.advance(context.WithoutCancel(ctx), t); err != nil && !errors.Is(err, ErrConflict) {
			x.observer.Trouble("advancing delivery "+t.delivery.ID.String(), err)
		}
	})
	return true
}

func (x *Dispatcher) claim(ctx context.Context) []Delivery {
	room := parallel - len(x.workers)
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
// means that another caller has moved it on, and set its due time.
func (x *Dispatcher) advance(ctx context.Context, t turn) error {
	for {
		now := x.now()
		d, step, err := x.step(ctx, t, now)
		if err != nil {
			return err
		}
		if step.Action == Send && step.At.After(now) {
			x.later(turn{delivery: d, paced: true}, step.At.Sub(now))
			return nil
		}
		if step.Action == Send && !x.lanes[step.Channel].enter(d.fresh()) {
			step = x.policy.awaitPlace(d, now)
		}
		if step.Action != Send {
			return x.settle(ctx, d, step, now)
		}
		if step.Channel == WhatsApp && x.degraded(d) && !x.breakers.ProbesWhatsApp(now) {
			// Another message has become the probe meanwhile.
			x.lanes[WhatsApp].leave()
			t = turn{delivery: withoutWhatsApp(d, ReasonDegraded)}
			continue
		}
		next, err := x.send(ctx, d, step.Channel, now)
		x.lanes[step.Channel].leave()
		if err != nil || next.State.Ended() {
			return err
		}
		t = turn{delivery: next}
	}
}

// later offers a turn again after a wait that is shorter than its lease in the
// store.
func (x *Dispatcher) later(t turn, wait time.Duration) {
	time.AfterFunc(wait, func() { x.offer(t) })
}

// step decides by one reading of the clock what happens now: what the plan says,
// held against the other messages to the person and against what is known about
// everyone's.
func (x *Dispatcher) step(ctx context.Context, t turn, now time.Time) (Delivery, Step, error) {
	d, step := t.delivery, x.policy.Next(t.delivery, now)
	var err error
	if step.Action == Send && d.fresh() {
		step, err = x.inTurn(ctx, d, step, now)
	}
	if step.Action == Send && step.Channel == WhatsApp && err == nil {
		d, step = x.mayWhatsApp(d, step, t.paced, now)
	}
	if step.Action == Send && err == nil && !(d.fresh() && step.Channel == WhatsApp) {
		step, err = x.unlessOvertaken(ctx, d, step, now)
	}
	return d, step, err
}

// degraded reports whether a delivery had better go by SMS.
func (x *Dispatcher) degraded(d Delivery) bool {
	return x.policy.maySMS(d) && x.breakers.WhatsAppDegraded()
}

// mayWhatsApp holds a step over WhatsApp against what is known about everyone's
// messages: is there a place, is WhatsApp degraded, what does the provider's rate
// allow?
func (x *Dispatcher) mayWhatsApp(d Delivery, step Step, paced bool, now time.Time) (Delivery, Step) {
	full, degraded := x.lanes[WhatsApp].full(d.fresh()), x.degraded(d)
	switch {
	case degraded && (full || !x.breakers.probeDue(now)):
		return x.policy.leaveWhatsApp(d, ReasonDegraded, now)
	case full:
		return d, x.policy.awaitPlace(d, now)
	}
	wait, taken := time.Duration(0), true
	if !paced {
		wait, taken = x.pace.reserve(now)
	}
	switch {
	case degraded && wait > 0:
		// Only one that goes now can be the probe.
		return x.policy.leaveWhatsApp(d, ReasonDegraded, now)
	case taken:
		step.At = now.Add(wait)
		return d, step
	case x.policy.maySMS(d) && now.Add(wait).After(d.AcceptedAt.Add(x.policy.FallbackOverall)):
		return x.policy.leaveWhatsApp(d, ReasonBusy, now)
	default:
		return d, Step{Action: Wait, At: earliest(now.Add(x.policy.Spread(wait)), d.ExpiresAt)}
	}
}

// settle records a step that sends nothing, unless the store has it so already.
func (x *Dispatcher) settle(ctx context.Context, d Delivery, step Step, now time.Time) error {
	next := x.policy.follow(d, step, now)
	if next.State == d.State && next.Due.Equal(d.Due) {
		return nil
	}
	saved, err := x.save(ctx, d, next)
	if err == nil {
		x.giveUp(d, saved, now)
	}
	return err
}

// save writes a decision of the plan.
func (x *Dispatcher) save(ctx context.Context, before, next Delivery) (Delivery, error) {
	return x.changes().save(ctx, before, next, nil)
}

func (x *Dispatcher) changes() changes { return changes{x.store, x.books, x.observer, x.now} }
