package courier

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Dispatcher carries deliveries out: it asks the plan, calls the senders and
// records every step before and after.
type Dispatcher struct {
	store    Store
	recent   *Recent
	ways     map[string]*way
	policy   Policy
	books    atomic.Pointer[Books]
	breakers *Breakers
	observer Observer
	now      func() time.Time

	ready chan turn
	// called are turns that hold a place; so it has room for all of them.
	called  chan turn
	workers chan struct{}
	// choosing is held from a look at the routes until a place in a route's rate is
	// taken: two messages would find the same place free.
	choosing sync.Mutex
}

const (
	// spare is how many more deliveries are worked on at once than all lanes have
	// places for: they ask the plan and write to the store.
	spare = 64
	// queued bounds the deliveries that wait in memory; what does not fit is
	// claimed from the store after handOver.
	queued = 4096
	// pollEvery is how often the store is asked for due deliveries.
	pollEvery = 200 * time.Millisecond
)

// turn is a delivery whose next step is to be taken.
type turn struct {
	delivery Delivery
	// paced is the route in whose rate its place is taken, or "".
	paced string
	// place is the route of which it holds a place among the requests, or nil.
	place *way
	// alone: no other delivery to the number lived when this one was accepted.
	alone bool
}

// Setup is what a dispatcher works with.
type Setup struct {
	Store  Store
	Recent *Recent
	// Senders are those of the policy's routes, by name.
	Senders  map[string]Sender
	Books    Books
	Breakers *Breakers
	Observer Observer
	Now      func() time.Time
}

// NewDispatcher wires a dispatcher.
func NewDispatcher(s Setup) *Dispatcher {
	places := len(s.Books.Policy.Routes) * laneSize
	x := &Dispatcher{
		store: s.Store, recent: s.Recent, ways: newWays(s.Books.Policy.Routes, s.Senders), policy: s.Books.Policy,
		breakers: s.Breakers, observer: s.Observer, now: s.Now,
		ready: make(chan turn, queued), called: make(chan turn, places), workers: make(chan struct{}, places+spare),
	}
	x.SetBooks(s.Books)
	return x
}

// SetBooks sets the limits and budgets that count from now on. The policy stays the one
// that the dispatcher was made with.
func (x *Dispatcher) SetBooks(b Books) {
	b.Policy = x.policy
	x.books.Store(&b)
}

// Offer hands over a delivery that was just stored and is to be carried out
// now. It never blocks: with a full queue the store keeps the delivery until it
// is claimed.
func (x *Dispatcher) Offer(d Delivery) { x.offer(turn{delivery: d}) }

// OfferNew is Offer of a message that was accepted as a new delivery.
func (x *Dispatcher) OfferNew(a Acceptance) { x.offer(turn{delivery: a.Delivery, alone: a.Alone}) }

// Share tells how many replicas send, this one included: each keeps to its part of what
// the providers allow a second.
func (x *Dispatcher) Share(replicas int) {
	for _, way := range x.ways {
		way.pace.Share(max(replicas, 1), x.now())
	}
}

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
		case t := <-x.called:
			if !x.start(ctx, &underWay, t) {
				return
			}
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
	room := cap(x.workers) - len(x.workers)
	if room == 0 {
		return nil
	}
	due, err := x.store.Claim(ctx, x.now(), handOver, room)
	if err != nil && ctx.Err() == nil {
		x.observer.Trouble("claiming due deliveries", err)
	}
	for _, d := range due {
		// Its last failure may have been reported to another process.
		x.breakers.learnElsewhere(d, x.now())
	}
	return due
}

// advance takes steps until the delivery has to wait or has ended. ErrConflict
// means that another caller has moved it on, and set its due time.
func (x *Dispatcher) advance(ctx context.Context, t turn) error {
	for {
		now := x.now()
		d, step, err := x.step(ctx, t, now)
		way := x.ways[step.Route]
		if t.place != nil && (err != nil || step.Action != Send || t.place != way) {
			x.leave(t.place)
			t.place = nil
		}
		switch {
		case err != nil:
			return err
		case step.Action == Send && step.At.After(now):
			x.later(turn{delivery: d, paced: step.Route, place: t.place, alone: t.alone}, step.At.Sub(now))
			return nil
		case step.Action == Queue:
			t = turn{delivery: d, alone: t.alone}
			if queueUp(t, step.full, now) {
				return nil
			}
			continue
		case step.Action != Send:
			return x.settle(ctx, d, step, now)
		}
		if t.place == nil && !way.lane.enter(d.isNew(now)) {
			// Another message has taken the place meanwhile.
			t = turn{delivery: d, paced: step.Route, alone: t.alone}
			continue
		}
		if step.probe && !x.breakers.probes(way.parts, now) {
			// Another message has become the probe meanwhile.
			x.leave(way)
			t = turn{delivery: d, paced: step.Route, alone: t.alone}
			continue
		}
		next, err := x.send(ctx, d, step.Channel, way, now)
		x.leave(way)
		if err != nil || next.State.Ended() {
			return err
		}
		t = turn{delivery: next}
	}
}

// leave gives a place on a route back, to a message that waits for it.
func (x *Dispatcher) leave(w *way) {
	if next, ok := w.lane.leave(x.now()); ok {
		next.place = w
		x.called <- next
	}
}

// later offers a turn again after a wait that is no longer than its lease in the
// store. What holds a place keeps it: given on, it would have the whole queue book places in
// the rate that the same wait is for.
func (x *Dispatcher) later(t turn, wait time.Duration) {
	time.AfterFunc(wait, func() {
		if t.place != nil {
			x.called <- t
			return
		}
		x.offer(t)
	})
}

// step decides by one reading of the clock what happens now: what the plan says,
// held against the other messages to the person and against what is known about
// everyone's.
func (x *Dispatcher) step(ctx context.Context, t turn, now time.Time) (Delivery, Step, error) {
	d, step := t.delivery, x.policy.Next(t.delivery, now)
	var err error
	if step.Action == Send && d.fresh() && !t.alone {
		step, err = x.inTurn(ctx, d, step, now)
	}
	if step.Action == Send && err == nil {
		d, step = x.byRoute(d, step, t, now)
	}
	if step.Action == Send && err == nil && !(d.fresh() && step.Channel == WhatsApp) {
		step, err = x.unlessOvertaken(ctx, d, step, now)
	}
	return d, step, err
}

// lastHope reports whether a message has no other channel to go by: then it is sent
// by a route that is degraded too.
func (x *Dispatcher) lastHope(d Delivery, c Channel) bool { return c == SMS || !x.policy.maySMS(d) }

// byRoute holds a step that sends against what is known about everyone's messages: is
// a route in order, has it a place, what does its provider's rate allow?
func (x *Dispatcher) byRoute(d Delivery, step Step, t turn, now time.Time) (Delivery, Step) {
	hope := x.lastHope(d, step.Channel)
	x.choosing.Lock()
	offers := x.offers(d, step.Channel, t, now)
	chosen, probe, obstacle := choose(offers, hope)
	wait, taken := time.Duration(0), true
	if obstacle == none && t.paced != chosen.name {
		wait, taken = chosen.pace.reserve(now, inMemory(d, now))
	}
	x.choosing.Unlock()
	switch obstacle {
	case allDegraded:
		return x.leaveWhatsApp(d, ReasonDegraded, t, now)
	case allFull:
		step = x.policy.awaitPlace(d, now)
		step.full = toWaitFor(offers, hope)
		return d, step
	case none:
	}
	switch {
	case taken:
		step.At, step.Route, step.probe = now.Add(wait), chosen.name, probe
		return d, step
	case !hope && now.Add(wait).After(d.AcceptedAt.Add(x.policy.FallbackOverall)):
		return x.leaveWhatsApp(d, ReasonBusy, t, now)
	default:
		return d, x.policy.putOff(d, wait, now)
	}
}

// leaveWhatsApp leaves WhatsApp out, and finds the route for what comes instead.
func (x *Dispatcher) leaveWhatsApp(d Delivery, why string, t turn, now time.Time) (Delivery, Step) {
	d, step := x.policy.leaveWhatsApp(d, why, now)
	if step.Action != Send {
		return d, step
	}
	return x.byRoute(d, step, t, now)
}

// offers are what the routes of a channel have for a delivery.
func (x *Dispatcher) offers(d Delivery, c Channel, t turn, now time.Time) []offer {
	var offers []offer
	for _, route := range x.policy.routes(d, c, now) {
		way := x.ways[route.Name]
		o := offer{way: way, full: t.place != way && way.lane.full(d.isNew(now)), faults: x.breakers.faultsOf(way.parts)}
		if o.faults > 0 {
			o.probeDue = x.breakers.probeDue(way.parts, now)
		}
		if t.paced != route.Name {
			o.wait = way.pace.wait(now)
		}
		offers = append(offers, o)
	}
	return offers
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

func (x *Dispatcher) changes() changes {
	return changes{x.store, x.recent, *x.books.Load(), x.observer, x.now}
}
