package courier

import (
	"context"
	"errors"
)

// update changes a delivery whoever else is changing it: it applies change to
// the current version until that can be saved. `known` is the version that the
// caller has, or nil. When change answers false nothing is saved. `ended` says
// that it was this change that ended the delivery.
func update(ctx context.Context, s Store, known *Delivery, id ID, change func(Delivery) (Delivery, bool)) (after Delivery, ended bool, err error) {
	for {
		if known == nil {
			loaded, err := s.Load(ctx, id)
			if err != nil {
				return Delivery{}, false, err
			}
			known = &loaded
		}
		changed, ok := change(*known)
		if !ok {
			return *known, false, nil
		}
		saved, err := s.Save(ctx, changed)
		if errors.Is(err, ErrConflict) {
			known = nil
			continue
		}
		return saved, err == nil && saved.State.Ended() && !known.State.Ended(), err
	}
}
