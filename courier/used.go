package courier

import (
	"context"
	"errors"
	"time"
)

// UsedCodes records which codes let people in. A person who is in needs no SMS
// any more.
type UsedCodes struct {
	Store    Store
	Recent   *Recent
	Books    Books
	Observer Observer
	Now      func() time.Time
}

// recentDeliveries is how far back a used code is looked for. More codes than
// this do not get out within one code's life.
const recentDeliveries = 20

// clocksDiffer is by how much the present of two replicas may differ: each knows the
// database's clock to half a second. A delivery that one of them has just accepted is in
// the future of another, which may be told that its code was used.
const clocksDiffer = time.Second

// Record ends what is pending for a person, who is found by any of the queries,
// and notes on the newest delivery that its code was used. The web hooks of Kratos
// do not know the code (v1.3.1 and v26.2.0), so deliveries are found by person. An
// error means that not all of it was stored; recording it again is harmless.
func (u *UsedCodes) Record(ctx context.Context, purpose Purpose, person []Query) error {
	for _, query := range person {
		if err := u.record(ctx, purpose, query); err != nil {
			u.Observer.Trouble("recording a used code", err)
			return err
		}
	}
	return nil
}

func (u *UsedCodes) record(ctx context.Context, purpose Purpose, query Query) error {
	query.Limit, query.Before = recentDeliveries, u.Now().Add(clocksDiffer)
	ids, err := u.Store.Find(ctx, query)
	if err != nil {
		return err
	}
	newest := true
	for _, id := range ids {
		after, _, err := changes{u.Store, u.Recent, u.Books, u.Observer, u.Now}.update(ctx, id, change{
			decide: func(d Delivery) (Delivery, bool) {
				counts := newest && d.usable(u.Now())
				if !d.mayLetIn(purpose) || !counts && d.State.Ended() {
					return d, false
				}
				return use(d, counts, u.Now()), true
			},
			saved: func(before, after Delivery) {
				if before.UsedAt.IsZero() && !after.UsedAt.IsZero() {
					u.Observer.Used(ctx, after)
				}
			},
		})
		if errors.Is(err, ErrUnreadable) {
			// One that lost its secret must not keep the others pending.
			u.Observer.Trouble("recording a used code", err)
			continue
		}
		if err != nil {
			return err
		}
		newest = newest && !after.mayLetIn(purpose)
	}
	return nil
}

// mayLetIn reports whether a code of this delivery may have let someone in.
func (d *Delivery) mayLetIn(purpose Purpose) bool {
	return d.Purpose == purpose && d.State != StateSuppressed
}
