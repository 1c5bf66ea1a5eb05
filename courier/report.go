package courier

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Report is a provider's report about one attempt.
type Report struct {
	// Delivery and Attempt come back in the reference that we sent along. A nil
	// Delivery means that only ProviderID is known.
	Delivery ID
	Attempt  int
	// Provider and ProviderID find the attempt when there is no reference.
	Provider   string
	ProviderID string
	// State is one of AttemptSent, AttemptDelivered, AttemptRead, AttemptFailed.
	State AttemptState
	// At is the provider's time of the event.
	At time.Time
	// Class, Code and Reason describe a failure.
	Class  Class
	Code   string
	Reason string
}

// Reference is what a provider echoes in its reports, such as "<id>.2".
func Reference(d ID, attempt int) string {
	return d.String() + "." + strconv.Itoa(attempt)
}

// ParseReference reads what Reference wrote.
func ParseReference(text string) (d ID, attempt int, ok bool) {
	id, n, found := strings.Cut(text, ".")
	if !found {
		return ID{}, 0, false
	}
	attempt, err := strconv.Atoi(n)
	if err != nil || attempt < 1 || d.UnmarshalText([]byte(id)) != nil {
		return ID{}, 0, false
	}
	return d, attempt, true
}

// record applies a status report. Reports come late, twice and in any order:
// states only move forward. It reports whether anything changed.
func (p Policy) record(d Delivery, s Report, now time.Time) (Delivery, bool) {
	d.Attempts = slices.Clone(d.Attempts)
	a := d.Attempt(s.Attempt)
	if s.At.IsZero() {
		s.At = now
	}
	if a == nil || !a.stamp(s) {
		return d, false
	}
	if a.ProviderID == "" {
		// The answer to the send is still on its way, or was lost.
		a.ProviderID = s.ProviderID
	}
	if a.advance(s.State) && s.State == AttemptFailed {
		a.fail(s.Class, s.Code, s.Reason, s.At)
		if a.Channel == SMS && s.Class.Traits().Next.retries() {
			a.RetryAt = now.Add(p.Backoff(d.Tries(SMS)))
		}
		d.noteAlert(a)
	}
	switch {
	case a.State == AttemptRead && d.reachable():
		d.end(StateRead, "", now)
	case a.State == AttemptDelivered && d.reachable() && d.State != StateRead:
		d.end(StateDelivered, "", now)
	default:
		d = p.settle(d, now)
	}
	return d, true
}

// stamp notes the time of a report, also of one that comes after its successor,
// and reports whether it was news.
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
