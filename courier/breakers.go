package courier

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Breakers know what is degraded for everyone, so that people do not wait for it:
// the WhatsApp account, or one variant (language) of its template. It opens on
// the first fault that says so, lets one message through from time to time to
// see whether the fault is gone, and closes when one got through.
//
// It lives in memory: a new process learns again from its first message.
type Breakers struct {
	// ProbeEvery is how often one message probes what is degraded.
	ProbeEvery time.Duration
	// Observer hears of every change.
	Observer BreakerObserver

	mu     sync.Mutex
	faults map[string]*Fault
}

// BreakerObserver is told what breaks and what recovers, in order. Its methods
// must not block.
type BreakerObserver interface {
	Degraded(f Fault)
	Recovered(f Fault)
}

// Account is the part that stands for the whole WhatsApp account; every other
// part is a variant of the template.
const Account = "account"

// Fault is a part that is degraded.
type Fault struct {
	// Part is Account or a variant of the template.
	Part string
	// Code and Reason are the provider's code and our words.
	Code   string
	Reason string
	Since  time.Time

	nextProbe time.Time
	// confirmed is when it was last seen degraded. A message from before
	// then proves nothing, however late it is reported as delivered.
	confirmed time.Time
	// reported: the provider had accepted the message and only its report told.
	// Its acceptance of the next one proves nothing then.
	reported bool
}

// Open notes that a part is degraded. `reported` says that this came in
// a report, after the provider had accepted.
func (b *Breakers) Open(part, code, reason string, reported bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known, again := b.faults[part]
	f := &Fault{Part: part, Code: code, Reason: reason, Since: now, reported: reported, confirmed: now, nextProbe: now.Add(b.ProbeEvery)}
	if again {
		f.Since = known.Since
	}
	if b.faults == nil {
		b.faults = make(map[string]*Fault)
	}
	b.faults[part] = f
	if !again {
		b.Observer.Degraded(*f)
	}
}

// Close notes that a message that was sent at an instant got through, or that
// the provider said then that the part is in order. `reported` says that this is
// known from a report and not only from the provider's acceptance.
func (b *Breakers) Close(part string, reported bool, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, open := b.faults[part]
	if open && (reported || !f.reported) && at.After(f.confirmed) {
		delete(b.faults, part)
		b.Observer.Recovered(*f)
	}
}

// Broken reports whether a part is degraded.
func (b *Breakers) Broken(part string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, open := b.faults[part]
	return open
}

// Usable tells whether a message may go by a part. Now and then it says so of a
// part that is degraded: that message is the probe.
func (b *Breakers) Usable(part string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, open := b.faults[part]
	if !open {
		return true
	}
	if now.Before(f.nextProbe) {
		return false
	}
	f.nextProbe = now.Add(b.ProbeEvery)
	return true
}

// Faults lists what is degraded, by part.
func (b *Breakers) Faults() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := make([]Fault, 0, len(b.faults))
	for _, f := range b.faults {
		faults = append(faults, *f)
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Part, b.Part) })
	return faults
}

// staleReport is how old a report may be to say something about the present.
// Meta repeats webhooks for days, and anyone may replay one.
const staleReport = 10 * time.Minute

// Stale reports whether a report of that age says nothing about the present.
// What is still true will be learned from the next message.
func Stale(at, now time.Time) bool { return now.Sub(at) > staleReport }

// learn draws conclusions for everyone from what happened to one attempt.
func (b *Breakers) learn(a Attempt, reported bool, now time.Time) {
	if a.Channel != WhatsApp || Stale(a.StartedAt, now) {
		return
	}
	blame := a.Class.Traits().Blame
	switch {
	case a.State == AttemptFailed && blame == BlameAccount:
		b.Open(Account, a.Code, a.Reason, reported, now)
	case a.State == AttemptFailed && blame == BlameTemplate && a.Variant != "":
		b.Open(a.Variant, a.Code, a.Reason, reported, now)
	case attemptOrder(a.State) >= attemptOrder(AttemptAccepted) && a.State != AttemptFailed:
		b.Close(Account, reported, a.StartedAt)
		b.Close(a.Variant, reported, a.StartedAt)
	}
}
