package courier

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// limits count what was accepted for each number, and the SMS.
type limits struct {
	mu    sync.Mutex
	codes map[string][]time.Time
	sms   []time.Time
	// locked are the ends of the windows with fixed-window.
	locked map[string]time.Time
	// bystander is to be hit with limit-hits-neighbours.
	bystander bool
}

func newLimits() *limits {
	return &limits{codes: map[string][]time.Time{}, locked: map[string]time.Time{}}
}

// admits reports whether a number may get one more code. The caller holds the
// courier's lock until it has counted, or 20 messages at once would slip past.
func (l *limits) admits(phone string, now time.Time, o Options) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o.Fault == noLimit {
		return true
	}
	if l.bystander {
		l.bystander = false
		return false
	}
	recent := slices.DeleteFunc(slices.Clone(l.codes[phone]), func(at time.Time) bool { return !at.After(now.Add(-o.Window)) })
	l.codes[phone] = recent
	if o.Fault == fixedWindow && now.Before(l.locked[phone]) {
		return false
	}
	if len(recent) < o.Max {
		return true
	}
	l.bystander = o.Fault == limitHitsNeighbours
	l.locked[phone] = now.Add(2 * o.Window)
	return false
}

func (l *limits) count(phone string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.codes[phone] = append(l.codes[phone], at)
}

// forget is the restart of limit-lost-on-restart.
func (l *limits) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.codes)
}

// takeSMS takes one SMS out of the budget, if there is one.
func (l *limits) takeSMS(now time.Time, o Options) bool {
	if !l.smsLeft(now, o) {
		return false
	}
	if o.Fault == budgetRacy {
		time.Sleep(100 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sms) >= o.MaxSMS && o.Fault != budgetRacy {
		return false
	}
	l.sms = append(l.sms, now)
	return true
}

func (l *limits) countSMS(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sms = append(l.sms, at)
}

// returnSMS puts back what the provider has refused.
func (l *limits) returnSMS() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sms = l.sms[:max(0, len(l.sms)-1)]
}

func (l *limits) smsLeft(now time.Time, o Options) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sms = slices.DeleteFunc(l.sms, func(at time.Time) bool { return !at.After(now.Add(-time.Hour)) })
	return len(l.sms) < o.MaxSMS
}

// serves reports whether a number's country gets anything.
func (o Options) serves(phone string) bool {
	return o.Fault == servesRefusedCountry ||
		!slices.ContainsFunc(o.Refused, func(prefix string) bool { return strings.HasPrefix(phone, prefix) })
}
