package courier

import (
	"sync"
	"time"
)

// breaker keeps everyone from an account that Meta has closed.
type breaker struct {
	mu   sync.Mutex
	open bool
	next time.Time // when a message may probe
}

// mayTry reports whether a message goes to WhatsApp; while the breaker is open one
// does now and then.
func (b *breaker) mayTry(now time.Time, o Options) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open || o.Fault == noBreaker {
		return true
	}
	if now.Before(b.next) || o.Fault == breakerNeverCloses {
		return false
	}
	b.next = now.Add(o.Probe)
	return true
}

func (b *breaker) learn(out outcome, now time.Time, o Options) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case out.account() && !b.open:
		b.open, b.next = true, now.Add(o.Probe)
	case out.taken():
		b.open = false
	}
}

func (b *breaker) isOpen() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

// remember notes a number that is not on WhatsApp.
func (c *Courier) remember(phone string) { c.write(entry{Kind: "absent", Phone: phone}) }

// absent reports whether a number is known not to be on WhatsApp.
func (c *Courier) absent(phone string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, known := c.absentSince[phone]
	return known && time.Since(since) < c.o.AbsentFor && c.o.Fault != forgetsAbsent
}
