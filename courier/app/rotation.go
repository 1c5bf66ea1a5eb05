package app

import (
	"context"
	"sync"
)

// rotation is how far the change to a new first secret of secrets.cipher is: how many
// deliveries are still under old ones. Its zero value has counted nothing.
type rotation struct {
	mu sync.Mutex
	// turn counts the changes, so that a count from before one is told from a later one.
	turn int
	old  *int
	over bool
}

// left is how many deliveries are under old secrets; nil until counted.
func (r *rotation) left() *int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.old
}

// begin reports whether they need to be counted, and the turn to give to counted.
func (r *rotation) begin() (turn int, needed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turn, !r.over
}

// counted takes a count in, unless the secrets have changed since it began: a 0 of the
// former ones would look like leave to remove one. final says that no more can follow.
func (r *rotation) counted(turn, n int, final bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if turn == r.turn {
		r.old, r.over = &n, n == 0 && final
	}
}

// changed says that the store seals under new secrets.
func (r *rotation) changed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn++
	r.old, r.over = nil, false
}

// countOldKeys finds out how far a rotation of secrets.cipher is. Once none is left there
// is no need to look again until the next reload: this process seals under the first secret
// alone, and so do the others once all have been started with it.
func (a *App) countOldKeys(ctx context.Context) {
	turn, needed := a.rotation.begin()
	if !needed {
		return
	}
	n, err := a.store.OldKeys(ctx)
	switch {
	case err == nil:
		a.rotation.counted(turn, n, a.replicas.sealAlike())
	case ctx.Err() == nil:
		a.log.WithError(err).Error("The deliveries under old secrets could not be counted.")
	}
}
