package sessions

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Task is whose sessions to end, and why.
type Task struct {
	// Identity is the id of the person's identity at Kratos.
	Identity string
	Delivery courier.ID
	// Alert is the security event.
	Alert string
}

// Kratos ends the sessions of an identity. An error that is ErrRefused is final.
type Kratos interface {
	EndSessions(ctx context.Context, identity string) error
}

// ErrRefused says that trying again is in vain.
var ErrRefused = errors.New("Kratos does not let this courier end sessions")

// Why a task was not done.
var (
	errFull     = errors.New("too many wait already")
	errStopping = errors.New("the courier stops")
)

const (
	// waiting is how many tasks may wait; more are not done.
	waiting = 1000
	// atOnce is how many are under way.
	atOnce = 4
	// tries bounds the requests of one task, and requestTimeout each of them.
	tries          = 8
	requestTimeout = 5 * time.Second
	longestPause   = time.Minute
)

// Revoker ends sessions.
type Revoker struct {
	kratos Kratos
	queue  chan Task
	// told hears what became of each task; nil is done.
	told func(Task, error)
}

// New returns a revoker, which works while Run does.
func New(kratos Kratos, told func(Task, error)) *Revoker {
	return &Revoker{kratos: kratos, queue: make(chan Task, waiting), told: told}
}

// Offer takes a task and returns at once.
func (r *Revoker) Offer(t Task) {
	select {
	case r.queue <- t:
	default:
		r.told(t, errFull)
	}
}

// Run works until ctx ends. What then waits is told as not done.
func (r *Revoker) Run(ctx context.Context) {
	var workers errgroup.Group
	for range atOnce {
		workers.Go(func() error {
			r.work(ctx)
			return nil
		})
	}
	_ = workers.Wait() // workers have no errors
	for {
		select {
		case t := <-r.queue:
			r.told(t, errStopping)
		default:
			return
		}
	}
}

func (r *Revoker) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-r.queue:
			r.told(t, r.end(ctx, t.Identity))
		}
	}
}

// end tries until it is done, or in vain.
func (r *Revoker) end(ctx context.Context, identity string) error {
	var err error
	for n := range tries {
		if n > 0 && !rest(ctx, pause(n)) {
			return errors.Join(errStopping, err)
		}
		if err = r.once(ctx, identity); err == nil || errors.Is(err, ErrRefused) {
			return err
		}
	}
	return err
}

func (r *Revoker) once(ctx context.Context, identity string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return r.kratos.EndSessions(ctx, identity)
}

// pause is how long to wait before try n, counted from 0: 1, 2, 4 seconds and so on, a
// minute at most.
func pause(n int) time.Duration { return min(time.Second<<(n-1), longestPause) }

// rest waits, and reports whether the whole time passed.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
