package courier

import (
	"math/rand/v2"
	"time"
)

// JitteredBackoff is the pause before retry n, counted from 1: 1, 2, 4, ...
// seconds, at most 30, each shortened or lengthened by up to half, so that
// deliveries that failed together do not come back together.
func JitteredBackoff(n int) time.Duration {
	pause := min(time.Second<<max(0, min(n-1, 5)), 30*time.Second)
	return pause/2 + rand.N(pause) //nolint:gosec // jitter is no secret
}

// JitteredSpread lengthens a wait by up to as much again, at most two seconds.
func JitteredSpread(wait time.Duration) time.Duration {
	return wait + rand.N(min(max(wait, time.Millisecond), 2*time.Second)) //nolint:gosec // jitter is no secret
}
