package courier

import (
	"context"
	"errors"
)

// change is what somebody wants to do to a delivery: it gets the current
// version and returns the next one, the quotas to spend with it, and whether
// there is anything to save.
type change func(Delivery) (Delivery, []Quota, bool)

// update makes a change whoever else is changing the delivery: it applies it to
// the current version until that can be saved. `known` is the version that the
// caller has, or nil. `ended` says that it was this change that ended the
// delivery.
func update(ctx context.Context, s Store, known *Delivery, id ID, apply change) (after Delivery, ended bool, err error) {
	for {
		if known == nil {
			loaded, err := s.Load(ctx, id)
			if err != nil {
				return Delivery{}, false, err
			}
			known = &loaded
		}
		changed, quotas, ok := apply(*known)
		if !ok {
			return *known, false, nil
		}
		saved, err := s.Save(ctx, changed, quotas...)
		if errors.Is(err, ErrConflict) {
			known = nil
			continue
		}
		return saved, err == nil && saved.State.Ended() && !known.State.Ended(), err
	}
}
