package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

const (
	// limit is the deadline of one spec.
	limit = SpecTimeout(30 * time.Second)
	// fallbackAfter is how long WhatsApp has to deliver in these specs.
	fallbackAfter = 2 * time.Second
	// soon is how long a spec waits for what has no deadline of its own.
	soon = 10 * time.Second
	// lateBy is how long after a deadline a spec still waits for what must come,
	// so that a loaded machine does not fail it.
	lateBy = 3 * time.Second
	// shortestPause is what lies between two tries at least: a second one at once
	// meets the same trouble.
	shortestPause = 50 * time.Millisecond
	// pauses is what the pauses that Meta and SMS providers want add to the end of
	// a delivery.
	pauses = 6 * time.Second
	// margin is what a deadline may be late by on a busy machine.
	margin = time.Second
)

// deadline is when a person must have a message at the latest, counted from when
// the courier accepted it.
func (d deployment) deadline() time.Duration {
	GinkgoHelper()
	if overall := must(d.Courier.FallbackOverall()); overall > 0 {
		return overall
	}
	return 2 * fallbackAfter
}

// patience is how long a spec waits for one thing. It is shorter than the time of
// the spec: a wait that ends by itself can say what was missing.
func (d deployment) patience() time.Duration {
	GinkgoHelper()
	return d.deadline() + lateBy
}

// waitUntil waits for an instant: the end of a code's life, or the last moment at
// which a fallback that must not come could have come.
func waitUntil(ctx context.Context, instant time.Time) {
	GinkgoHelper()
	timer := time.NewTimer(time.Until(instant))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		Fail("the spec's time ran out while waiting for " + instant.Format(time.TimeOnly))
	}
}
