package courier

import (
	"context"
	"errors"
	"time"
)

// changes writes what is decided about deliveries, each together with what it
// means for the ledger, and lets the observer know.
type changes struct {
	store    Store
	books    Books
	observer Observer
	now      func() time.Time
}

// change is one decision about a delivery.
type change struct {
	// decide returns the next version, and whether there is anything to save.
	decide func(Delivery) (next Delivery, changed bool)
	// saved is called once it is on disk, before the observer hears of an end; nil
	// does nothing.
	saved func(before, after Delivery)
}

// update applies a change whoever else is changing the delivery: to the current
// version, again and again until that can be saved. `known` is the version that
// the caller has, or nil. It returns the version that is current afterwards, and
// whether anything changed.
func (c changes) update(ctx context.Context, known *Delivery, id ID, to change) (after Delivery, changed bool, err error) {
	for {
		if known == nil {
			loaded, err := c.store.Load(ctx, id)
			if err != nil {
				return Delivery{}, false, err
			}
			known = &loaded
		}
		next, changed := to.decide(*known)
		if !changed {
			return *known, false, nil
		}
		saved, err := c.save(ctx, *known, next, to.saved)
		if errors.Is(err, ErrConflict) {
			known = nil
			continue
		}
		return saved, err == nil, err
	}
}

// save writes `next` in the place of `before`, which must be the current version,
// else it fails with ErrConflict. A spent budget gives a *QuotaError.
func (c changes) save(ctx context.Context, before, next Delivery, saved func(before, after Delivery)) (Delivery, error) {
	after, err := c.store.Save(ctx, next, c.books.entries(before, next, c.now())...)
	if err != nil {
		return after, err
	}
	if saved != nil {
		saved(before, after)
	}
	if after.State.Ended() && !before.State.Ended() {
		c.observer.Ended(after)
	}
	return after, nil
}
