package sessions

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Task is whose sessions to end, and why.
type Task struct {
	Delivery courier.ID
	// Identity is the id of the person's identity at Kratos.
	Identity string
	// Alert is the security event.
	Alert string
}

// Kratos ends the sessions of an identity. An error that is ErrRefused is final.
type Kratos interface {
	EndSessions(ctx context.Context, identity string) error
}

// ErrRefused says that trying again is in vain.
var ErrRefused = errors.New("Kratos does not let this courier end sessions")

// errGone: a delivery is kept longer than anybody tries.
var errGone = errors.New("the delivery is not there any more")

// Store knows what is owed.
type Store interface {
	courier.Entries
	// Peek is courier.Reader's.
	Peek(ctx context.Context, id courier.ID) (courier.Delivery, error)
}

// Outcome is what became of a task.
type Outcome string

// The outcomes.
const (
	Done Outcome = "done"
	// Waiting: it has failed some times, and is tried again.
	Waiting Outcome = "waiting"
	// Failed: it is not tried any more.
	Failed Outcome = "failed"
)

const (
	// lookEvery is how often it is looked for what other processes owe.
	lookEvery = time.Second
	// most is how much is looked at, and atOnce how many requests are under way.
	most         = 1000
	atOnce       = 8
	longestPause = time.Minute
	// tryFor bounds the tries of one task, and requestTimeout each of them.
	tryFor         = 24 * time.Hour
	requestTimeout = 3 * time.Second
	// soon is after how many tries it is told that it takes long.
	soon = 8
	// Lease is for how long one process works for all: a round, and some time for the next. If
	// it is killed, another one waits as long.
	Lease = requestTimeout + 2*time.Second
)

// Revoker ends sessions.
type Revoker struct {
	Store  Store
	Kratos Kratos
	// Leads reports whether this process is the one that works for all.
	Leads func(ctx context.Context) bool
	// Told hears what became of a task.
	Told func(t Task, o Outcome, why error)
	// Trouble hears of faults of the store.
	Trouble func(doing string, err error)
	Now     func() time.Time

	wake chan struct{}
	seen map[owed]tries
}

// New returns a revoker, to be filled in, which works while Run does.
func New(r Revoker) *Revoker {
	r.wake, r.seen = make(chan struct{}, 1), make(map[owed]tries)
	return &r
}

// owed names an event of the ledger.
type owed struct {
	delivery courier.ID
	at       int64
}

func of(e courier.Event) owed { return owed{e.Delivery, e.At.UnixMicro()} }

// tries are those of a task in this process.
type tries struct {
	n    int
	next time.Time
}

// Wake says that something is owed, and returns at once.
func (r *Revoker) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is then still owed is for the next process.
func (r *Revoker) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for r.round(ctx) {
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.wake:
		}
	}
}

// round tries what is due, as much as goes at once. It reports whether there was more.
func (r *Revoker) round(ctx context.Context) (more bool) {
	events, err := r.Store.Events(ctx, courier.RevocationsOwed(r.Now()), most)
	if err != nil {
		r.trouble(ctx, err)
		return false
	}
	due := r.due(events)
	if len(due) == 0 || !r.Leads(ctx) {
		return false
	}
	more, due = len(due) > atOnce, due[:min(len(due), atOnce)]
	after := make([]tries, len(due))
	var group errgroup.Group
	for i, e := range due {
		before := r.seen[of(e)]
		group.Go(func() error {
			after[i] = r.try(ctx, e, before)
			return nil
		})
	}
	_ = group.Wait() // tries have no errors
	for i, e := range due {
		r.seen[of(e)] = after[i]
	}
	return more && ctx.Err() == nil
}

// due are those that do not rest, who have waited longest first, and forgets who is not
// owed anything any more.
func (r *Revoker) due(events []courier.Event) []courier.Event {
	kept := make(map[owed]tries, len(events))
	var due []courier.Event
	for _, e := range events {
		kept[of(e)] = r.seen[of(e)]
		if !kept[of(e)].next.After(r.Now()) {
			due = append(due, e)
		}
	}
	r.seen = kept
	slices.SortStableFunc(due, func(a, b courier.Event) int { return kept[of(a)].next.Compare(kept[of(b)].next) })
	return due
}

// try asks Kratos once, and says when to do so again.
func (r *Revoker) try(ctx context.Context, e courier.Event, before tries) tries {
	after := tries{n: before.n + 1, next: r.Now().Add(pause(before.n + 1))}
	task, err := r.end(ctx, e.Delivery)
	outcome := r.judge(err, e)
	if ctx.Err() != nil && err != nil {
		return after // it was not Kratos' fault
	}
	if outcome == Waiting {
		if after.n == soon {
			r.Told(task, outcome, err)
		}
		return after
	}
	paid := courier.RevocationsOwed(e.At)
	paid.Act = courier.TakeBack
	if fault := r.Store.Enter(context.WithoutCancel(ctx), e.Delivery, paid); fault != nil {
		r.trouble(ctx, fault)
		return after
	}
	r.Told(task, outcome, err)
	return after
}

func (r *Revoker) judge(err error, e courier.Event) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, ErrRefused), errors.Is(err, errGone), r.Now().Sub(e.At) >= tryFor:
		return Failed
	}
	return Waiting
}

// end ends the sessions of the person to whom a delivery went.
func (r *Revoker) end(ctx context.Context, id courier.ID) (Task, error) {
	d, err := r.Store.Peek(ctx, id)
	task := Task{Delivery: id, Identity: d.Identity, Alert: d.Alert}
	switch {
	case errors.Is(err, courier.ErrNotFound):
		return task, errGone
	case err != nil:
		r.trouble(ctx, err)
		return task, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return task, r.Kratos.EndSessions(ctx, d.Identity)
}

func (r *Revoker) trouble(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.Trouble("ending sessions after a security event", err)
	}
}

// pause is how long to wait after try n: 1, 2, 4 seconds and so on, a minute at most.
func pause(n int) time.Duration { return min(time.Second<<min(n-1, 10), longestPause) }
