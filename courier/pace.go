package courier

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace keeps the sends of one channel to the rate that its provider allows, and
// stops them for a while when the provider asks for it.
type Pace struct {
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time
}

// NewPace allows perSecond sends a second. Bursts are a tenth of that: what
// Meta counts is each second by itself.
func NewPace(perSecond int) *Pace {
	return &Pace{limiter: rate.NewLimiter(rate.Limit(perSecond), 1+perSecond/10)}
}

// longestHold is for how long a provider may stop all sends: a code lives for
// minutes, and what a provider asked for may be over sooner than it said.
const longestHold = time.Minute

// Hold stops all sends for a while, a minute at most.
func (p *Pace) Hold(pause time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(min(pause, longestHold)); until.After(p.until) {
		p.until = until
	}
}

// shortWait is how long a send may wait in memory for its place; for longer
// waits it goes back to the store, so that it blocks no one.
const shortWait = time.Second

// reserve returns how long it is until the next free place, and takes that
// place if the wait is short.
func (p *Pace) reserve(now time.Time) (wait time.Duration, taken bool) {
	p.mu.Lock()
	held := max(p.until.Sub(now), 0)
	p.mu.Unlock()
	place := p.limiter.ReserveN(now, 1)
	wait = max(held, place.DelayFrom(now))
	if wait > shortWait {
		place.CancelAt(now)
		return wait, false
	}
	return wait, true
}
