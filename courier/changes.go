package courier

import (
	"context"
	"errors"
	"time"
)

// changes writes what is decided about deliveries, each together with what it
// means for the ledger.
type changes struct {
	store Store
	books Books
	now   func() time.Time
}

// update applies a decision whoever else is changing the delivery: to the current
// version, again and again until that can be saved. `known` is the version that
// the caller has, or nil. decide returns the next version, and whether there is
// anything to save. `ended` says that it was this change that ended the delivery.
func (c changes) update(ctx context.Context, known *Delivery, id ID, decide func(Delivery) (Delivery, bool)) (after Delivery, ended bool, err error) {
	for {
		if known == nil {
			loaded, err := c.store.Load(ctx, id)
			if err != nil {
				return Delivery{}, false, err
			}
			known = &loaded
		}
		next, changed := decide(*known)
		if !changed {
			return *known, false, nil
		}
		saved, ended, err := c.save(ctx, *known, next)
		if errors.Is(err, ErrConflict) {
			known = nil
			continue
		}
		return saved, ended, err
	}
}

// save writes `next` in the place of `before`, which must be the current version,
// else it fails with ErrConflict. A spent budget gives a *QuotaError.
func (c changes) save(ctx context.Context, before, next Delivery) (saved Delivery, ended bool, err error) {
	saved, err = c.store.Save(ctx, next, c.books.entries(before, next, c.now())...)
	return saved, err == nil && saved.State.Ended() && !before.State.Ended(), err
}
