package courier

import "context"

// supersede ends the older deliveries whose place d takes: a person looks at the
// newest message, and after a resend Kratos has deleted the older code.
func (x *Dispatcher) supersede(ctx context.Context, d Delivery) error {
	older, err := x.store.Find(ctx, Query{To: d.To, Live: true, Before: d.AcceptedAt.Add(-x.policy.SupersedeAfter)})
	if err != nil {
		return err
	}
	for _, id := range older {
		after, ended, err := update(ctx, x.store, nil, id, func(old Delivery) (Delivery, []Quota, bool) {
			if !old.supersededBy(d) {
				return old, nil, false
			}
			old.end(StateSuperseded, ReasonSuperseded, x.now())
			return old, nil, true
		})
		if err != nil {
			// One old delivery that cannot be read must not hold up the new code.
			x.observer.Trouble("superseding delivery "+id.String(), err)
			continue
		}
		if ended {
			x.observer.Ended(after)
		}
	}
	return nil
}

// supersededBy reports whether `newer` is for the same purpose. With a flow told
// by the page, only a message of the same flow counts: a person may log in on
// two devices at once.
func (d *Delivery) supersededBy(newer Delivery) bool {
	sameFlow := newer.Flow == "" || newer.Flow == d.Flow
	return d.ID != newer.ID && !d.State.Ended() && d.Purpose == newer.Purpose && sameFlow
}
