package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

const (
	beatEvery = 5 * time.Second
	// aliveFor is for how long a replica counts that is not heard of: three beats may
	// be lost.
	aliveFor = 4 * beatEvery
)

// replicas knows the processes that share the store.
type replicas struct {
	// shared is nil for a store of one process.
	shared store.Shared
	self   courier.Replica
	now    func() time.Time
	// share is told how many send, and heard when another had a report of Meta;
	// lastReport is when the last report came to this one.
	share      func(senders int)
	heard      func(at time.Time)
	lastReport func() time.Time

	mu   sync.Mutex
	live []courier.Replica
	// before is how many sent at the beat before.
	before int
}

func newReplicas(opened store.Store, serves courier.Serves, version string, now func() time.Time) *replicas {
	shared, _ := opened.(store.Shared)
	at := now()
	return &replicas{
		shared: shared, now: now,
		self: courier.Replica{ID: uuid.New(), Serves: serves, Version: version, Started: at, Beat: at},
	}
}

// all lists the replicas as of the last beat, the oldest first.
func (r *replicas) all() []courier.Replica {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.live) > 0 {
		return r.live
	}
	alone := r.self
	alone.Beat = r.now()
	return []courier.Replica{alone}
}

// beat tells the others that this process is alive, and hears of them. What is unknown
// stays as it was.
func (r *replicas) beat(ctx context.Context) error {
	if r.shared == nil {
		return nil
	}
	self := r.self
	self.LastReport = r.lastReport()
	live, err := r.shared.Beat(ctx, self, aliveFor)
	if err != nil {
		return err
	}
	r.mu.Lock()
	senders := courier.Senders(live)
	// That others are gone is believed the second time: after an outage of the database
	// the first to be heard of is not alone.
	share := max(senders, r.before)
	r.live, r.before = live, senders
	r.mu.Unlock()
	r.share(share)
	for _, other := range live {
		r.heard(other.LastReport)
	}
	return nil
}

// sealAlike reports whether all encrypt under the same secret.
func (r *replicas) sealAlike() bool {
	all := r.all()
	return !slices.ContainsFunc(all, func(other courier.Replica) bool { return other.SealsBy != all[0].SealsBy })
}

// leads reports whether this process is the one that does a task for all.
func (r *replicas) leads(ctx context.Context, task string, lease time.Duration) (bool, error) {
	if r.shared == nil {
		return true, nil
	}
	return r.shared.Lead(ctx, r.self.ID, task, lease)
}

// leave tells the others that this process stops, and gives up the tasks.
func (r *replicas) leave(ctx context.Context, tasks ...string) error {
	if r.shared == nil {
		return nil
	}
	err := r.shared.Leave(ctx, r.self.ID)
	if r.self.Serves.Sends() {
		for _, task := range tasks {
			err = errors.Join(err, r.shared.Resign(ctx, r.self.ID, task))
		}
	}
	return err
}

// keepBeating lets the others know of this process until ctx ends.
func (a *App) keepBeating(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.beat(ctx)
		}
	}
}

func (a *App) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, beatEvery)
	defer cancel()
	if err := a.replicas.beat(ctx); err != nil && !a.stopping.Load() {
		a.log.WithError(err).Error("Other replicas could not be told that this one is alive. It goes on by what it knew of them.")
	}
}

// leave is the last that others hear of this process.
func (a *App) leave(ctx context.Context) {
	if err := a.replicas.leave(ctx, upkeepTask, revokeTask); err != nil {
		a.log.WithError(err).Warn("Other replicas could not be told that this one stops; they find out by themselves.")
	}
}
