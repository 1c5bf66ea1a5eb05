package courier

import (
	"fmt"
	"time"
)

// clockTolerance is by how much our clock and Meta's may differ: what is due would
// be early or late by as much.
const clockTolerance = time.Minute

// clockAhead returns by how much our clock is surely ahead of Meta's, or, negative,
// behind it. Reports may come late, so that only two things are sure: Meta sent no
// message before we asked for it, and reports nothing that is still to come.
func clockAhead(a Attempt, now time.Time) time.Duration {
	if !a.SentAt.IsZero() && a.SentAt.Before(a.StartedAt) {
		return a.StartedAt.Sub(a.SentAt)
	}
	return min(0, now.Sub(latest(a.SentAt, latest(a.DeliveredAt, a.ReadAt))))
}

// learnClock: whether our clock and Meta's agree.
func (b *Breakers) learnClock(a Attempt, now time.Time) {
	ahead := clockAhead(a, now)
	if ahead.Abs() <= clockTolerance {
		b.Close(Clock, true, now)
		return
	}
	direction := "ahead of"
	if ahead < 0 {
		direction = "behind"
	}
	b.Open(Clock, "", fmt.Sprintf("our clock is %s %s Meta's: synchronise it (NTP)", ahead.Abs().Round(time.Second), direction), true, now)
}
