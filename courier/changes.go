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
	recent   *Recent
	books    Books
	observer Observer
	now      func() time.Time
}

// change is one decision about a delivery.
type change struct {
	// decide returns the next version, and whether there is anything to save.
	decide func(Delivery) (next Delivery, changed bool)
	// saved is called once it is on disk, before the observer hears of an end; nil
	// does nothing. It must not change a delivery.
	saved func(before, after Delivery)
}

// update applies a change whoever else is changing the delivery: to the current
// version, again and again until that can be saved. It returns the version that is
// current afterwards, and whether anything changed.
//
// It goes by the version that is remembered, should there be one. Save finds out if
// that is outdated; that there is nothing to change is believed of a loaded one only.
func (c changes) update(ctx context.Context, id ID, to change) (after Delivery, changed bool, err error) {
	leave, err := c.recent.enter(ctx, id)
	if err != nil {
		return Delivery{}, false, err
	}
	defer leave()
	d, remembered := c.recent.after(id, 0)
	for {
		if !remembered {
			if d, err = c.store.Load(ctx, id); err != nil {
				return Delivery{}, false, err
			}
		}
		next, changed := to.decide(d)
		if !changed {
			if !remembered {
				return d, false, nil
			}
			remembered = false
			continue
		}
		after, err := c.save(ctx, d, next, to.saved)
		if !errors.Is(err, ErrConflict) {
			return after, err == nil, err
		}
		// Another process has changed it, or a step of the plan.
		d, remembered = c.recent.after(id, d.Version)
	}
}

// save writes `next` in the place of `before`, which must be the current version,
// else it fails with ErrConflict. A spent budget gives a *QuotaError.
func (c changes) save(ctx context.Context, before, next Delivery, saved func(before, after Delivery)) (Delivery, error) {
	now := c.now()
	after, err := c.store.Save(ctx, next, Tallied(before, next, now), c.books.entries(before, next, now)...)
	if err != nil {
		return after, err
	}
	c.recent.put(after)
	if saved != nil {
		saved(before, after)
	}
	if after.State.Ended() && !before.State.Ended() {
		c.observer.Ended(after)
	}
	return after, nil
}
