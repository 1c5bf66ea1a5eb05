package courier

import (
	"slices"
	"time"
)

// attemptOrder is the order in which the states of an attempt may follow each
// other. `delivered` stands after `failed`: a phone's word counts more than a
// provider's.
func attemptOrder(s AttemptState) int {
	return slices.Index([]AttemptState{
		AttemptSending, AttemptUnknown, AttemptAccepted, AttemptSent,
		AttemptFailed, AttemptDelivered, AttemptRead,
	}, s)
}

// advance moves the attempt forward and reports whether it moved.
func (a *Attempt) advance(to AttemptState) bool {
	if attemptOrder(to) <= attemptOrder(a.State) {
		return false
	}
	a.State = to
	if to != AttemptUnknown && to != AttemptFailed {
		// What was wrong before is no reason for a better state.
		a.Class, a.Code, a.Reason, a.RetryAt = "", "", "", time.Time{}
	}
	return true
}

// fail notes why the attempt failed.
func (a *Attempt) fail(c Class, code, reason string, at time.Time) {
	a.Class, a.Code, a.Reason, a.FailedAt = c, code, reason, at
}

// stamp notes the time of a report, also of one that comes after its successor,
// and reports whether it is the first of its state.
func (a *Attempt) stamp(s Report) bool {
	var at *time.Time
	switch s.State {
	case AttemptSent:
		at = &a.SentAt
	case AttemptDelivered:
		at = &a.DeliveredAt
	case AttemptRead:
		at = &a.ReadAt
	case AttemptFailed:
		at = &a.FailedAt
	default:
		return false
	}
	if !at.IsZero() {
		return false
	}
	*at = s.At
	return true
}
