package courier

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace keeps the sends by one route to the rate that its provider allows, and
// stops them for a while when the provider asks for it.
type Pace struct {
	limiter   *rate.Limiter
	perSecond int

	mu    sync.Mutex
	until time.Time
	// early: the provider asked for a longer stop than that until `until`. One send
	// finds out then whether it is over; it began at `probe`.
	early bool
	probe time.Time
}

// NewPace allows perSecond sends a second; 0 allows any number. Bursts are a tenth of
// that: what Meta counts is each second by itself.
func NewPace(perSecond int) *Pace {
	if perSecond <= 0 {
		return &Pace{limiter: rate.NewLimiter(rate.Inf, 0)}
	}
	return &Pace{limiter: rate.NewLimiter(rate.Limit(perSecond), burst(perSecond, 1)), perSecond: perSecond}
}

func burst(perSecond, replicas int) int { return 1 + perSecond/(10*replicas) }

// Share leaves this process its part of the rate, when so many replicas send by the
// route.
func (p *Pace) Share(replicas int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.perSecond <= 0 {
		return
	}
	p.limiter.SetLimitAt(now, rate.Limit(float64(p.perSecond)/float64(replicas)))
	p.limiter.SetBurstAt(now, burst(p.perSecond, replicas))
}

// longestHold is for how long a provider may stop all sends: a code lives for
// minutes, and what a provider asked for may be over sooner than it said.
const longestHold = time.Minute

// probeTime is how long the others wait for the answer to the one send that finds out
// whether a stop is over.
const probeTime = 10 * time.Second

// Hold stops all sends for a while, a minute at most. After a stop that was cut to a
// minute one send goes first.
func (p *Pace) Hold(pause time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.early, p.probe = pause > longestHold, time.Time{}
	if until := now.Add(min(pause, longestHold)); until.After(p.until) {
		p.until = until
	}
}

// Resume ends a stop when the provider took the send that began at an instant, and
// that was the one that was to find out.
func (p *Pace) Resume(began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.probe.IsZero() && !began.Before(p.probe) {
		p.early, p.probe, p.until = false, time.Time{}, time.Time{}
	}
}

// shortWait is how long a send may wait in memory for its place; for longer
// waits it goes back to the store, so that it blocks no one.
const shortWait = time.Second

// inMemory is how long a send may wait for its place in the rate now: not beyond the end of its
// lease in the store, after which it would be claimed and take a second place.
func inMemory(d Delivery, now time.Time) time.Duration {
	if now.Before(d.Due) {
		return min(shortWait, d.Due.Sub(now))
	}
	return shortWait
}

// reserve returns how long it is until the next free place, and takes that
// place if the wait is no longer than `most`.
func (p *Pace) reserve(now time.Time, most time.Duration) (wait time.Duration, taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	place := p.limiter.ReserveN(now, 1)
	wait = max(p.until.Sub(now), place.DelayFrom(now), 0)
	if wait > most {
		place.CancelAt(now)
		return wait, false
	}
	if p.early {
		p.probe, p.until = now, now.Add(wait+probeTime)
	}
	return wait, true
}

// wait returns how long it is until the next free place, and leaves it to others.
func (p *Pace) wait(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := max(p.until.Sub(now), 0)
	if missing := 1 - p.limiter.TokensAt(now); missing > 0 && p.limiter.Limit() != rate.Inf {
		wait = max(wait, time.Duration(missing/float64(p.limiter.Limit())*float64(time.Second)))
	}
	return wait
}
