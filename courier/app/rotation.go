package app

import (
	"context"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// rotation is how far the change to a new first secret of secrets.cipher is: how many
// deliveries are still under old ones. Its zero value has counted nothing.
type rotation struct {
	mu sync.Mutex
	// turn counts the changes, so that a count from before one is told from a later one.
	turn int
	old  *int
	over bool
	// next is when to count again.
	next time.Time
}

// recountAfter is the time between counts: each reads every delivery, and the number falls
// over days.
const recountAfter = time.Hour

// left is how many deliveries are under old secrets; nil until counted.
func (r *rotation) left() *int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.old
}

// begin reports whether they need to be counted, and the turn to give to counted.
func (r *rotation) begin(now time.Time) (turn int, needed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turn, !r.over && !now.Before(r.next)
}

// counted takes a count in, unless the secrets have changed since it began: a 0 of the
// former ones would look like leave to remove one. final says that no more can follow.
func (r *rotation) counted(turn, n int, final bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if turn != r.turn {
		return
	}
	r.old, r.over = &n, n == 0 && final
	if n > 0 {
		r.next = now.Add(recountAfter)
	}
}

// changed says that the store seals under new secrets.
func (r *rotation) changed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn++
	r.old, r.over, r.next = nil, false, time.Time{}
}

// oldKeysBatch are the deliveries that are looked at before a rest.
const oldKeysBatch = 2000

// oldKeys looks at all deliveries.
func (a *App) oldKeys(ctx context.Context) (all int, err error) {
	for behind := (courier.ID{}); ; {
		began := time.Now()
		n, last, err := a.store.OldKeys(ctx, behind, oldKeysBatch)
		if all += n; err != nil || last == (courier.ID{}) {
			return all, err
		}
		if err := rest(ctx, began); err != nil {
			return all, err
		}
		behind = last
	}
}

// countOldKeys finds out how far a rotation of secrets.cipher is. Once none is left there
// is no need to look again until the next reload: this process seals under the first secret
// alone, and so do the others once all have been started with it.
func (a *App) countOldKeys(ctx context.Context) {
	turn, needed := a.rotation.begin(a.now())
	if !needed {
		return
	}
	n, err := a.oldKeys(ctx)
	switch {
	case err == nil:
		a.rotation.counted(turn, n, a.replicas.sealAlike(), a.now())
	case ctx.Err() == nil:
		a.log.WithError(err).Error("The deliveries under old secrets could not be counted.")
	}
}
