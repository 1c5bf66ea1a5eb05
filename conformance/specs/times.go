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
	// margin is what a deadline may be late by on a busy machine.
	margin = time.Second
)

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
