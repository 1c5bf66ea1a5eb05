package courier

import (
	"context"
	"slices"
	"time"
)

// turnCheck is how long a message waits before it looks again whether the
// request for an earlier one to the same person has been answered.
const turnCheck = 50 * time.Millisecond

// turnLimit is how long a request may be under way before later messages to the
// same person stop waiting for its answer.
const turnLimit = 2 * time.Second

// inTurn lets a first message leave after the earlier ones to the same person,
// and ends those whose place it takes. It returns the step, or a short wait.
func (x *Dispatcher) inTurn(ctx context.Context, d Delivery, step Step, now time.Time) (Step, error) {
	behind, err := x.supersede(ctx, d, now)
	if err != nil || !behind || !now.Before(d.AcceptedAt.Add(x.policy.FallbackOverall)) {
		return step, err
	}
	return Step{Action: Wait, At: now.Add(turnCheck)}, nil
}

// supersede ends the older deliveries whose place d takes: a person looks at the
// newest message, and after a resend Kratos has deleted the older code. It
// reports whether the first request of an earlier delivery is under way or about
// to leave.
func (x *Dispatcher) supersede(ctx context.Context, d Delivery, now time.Time) (behind bool, err error) {
	earlier, err := x.store.Find(ctx, Query{To: d.To, Live: true, Before: d.AcceptedAt})
	if err != nil {
		return false, err
	}
	clearly := d.AcceptedAt.Add(-x.policy.SupersedeAfter)
	for _, id := range earlier {
		after, _, err := x.changes().update(ctx, id, change{decide: func(old Delivery) (Delivery, bool) {
			if !old.supersededBy(d) || !old.AcceptedAt.Before(clearly) {
				return old, false
			}
			return supersede(old, now), true
		}})
		if err != nil {
			// One old delivery that cannot be read must not hold up the new code.
			x.observer.Trouble("superseding delivery "+id.String(), err)
			continue
		}
		behind = behind || after.leaving(now)
	}
	return behind, nil
}

// unlessOvertaken returns the step, or the end of d because a later message has
// taken its place. Kratos has no time in its messages, so two that come close
// together both get their first request on WhatsApp; what follows is sent once,
// for the one that was accepted last (a worker of Kratos v1.3.1 and v26.2.0
// dispatches the oldest first, one after the other).
func (x *Dispatcher) unlessOvertaken(ctx context.Context, d Delivery, step Step, now time.Time) (Step, error) {
	// What lies in the future is from before the clock was set back.
	later, err := x.store.Find(ctx, Query{To: d.To, Since: d.AcceptedAt, Before: now.Add(x.policy.MinRest)})
	if err != nil {
		return step, err
	}
	for _, id := range later {
		if id == d.ID {
			continue
		}
		other, err := x.store.Load(ctx, id)
		if err != nil {
			// One that cannot be read must not hold up this code.
			x.observer.Trouble("reading delivery "+id.String()+", which is later than "+d.ID.String(), err)
			continue
		}
		if other.follows(d) && other.arrives() && d.supersededBy(other) {
			return Step{Action: End, State: StateSuperseded, Reason: ReasonSuperseded}, nil
		}
	}
	return step, nil
}

// supersededBy reports whether `newer` is for the same purpose. With a flow told
// by the page, only a message of the same flow counts: a person may log in on
// two devices at once.
func (d *Delivery) supersededBy(newer Delivery) bool {
	sameFlow := newer.Flow == "" || newer.Flow == d.Flow
	return d.ID != newer.ID && !d.State.Ended() && d.Purpose == newer.Purpose && sameFlow
}

// follows reports whether d was accepted after `earlier`. Of two in the same
// instant the ids decide.
func (d *Delivery) follows(earlier Delivery) bool {
	if d.AcceptedAt.Equal(earlier.AcceptedAt) {
		return slices.Compare(d.ID[:], earlier.ID[:]) > 0
	}
	return d.AcceptedAt.After(earlier.AcceptedAt)
}

// arrives reports whether the message has reached the person, or still may.
func (d *Delivery) arrives() bool {
	return !slices.Contains([]State{StateSuppressed, StateFailed, StateExpired}, d.State)
}

// leaving reports whether d's first request is under way, or a dispatcher holds
// d to send it now.
func (d *Delivery) leaving(now time.Time) bool {
	if len(d.Attempts) == 0 {
		return now.Before(d.Due) && !d.Due.After(now.Add(handOver))
	}
	first := d.Attempts[0]
	return first.State == AttemptSending && now.Before(first.StartedAt.Add(turnLimit))
}
