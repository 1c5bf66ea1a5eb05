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
	return pause/2 + rand.N(pause)
}
