package courier

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Breakers know what is degraded for everyone, so that people do not wait for it.
// One opens when a provider says that everyone is concerned, or when an outage
// shows that it does not say (see Outage). While WhatsApp is degraded, one message
// now and then probes it; a breaker closes when one got through.
//
// They live in memory: a new process learns again from its first messages.
//
// Libraries such as gobreaker and failsafe-go wrap one call whose error is the
// verdict. Here the verdict may be a report that comes minutes later, or that none
// came; one probe tries several parts; people are counted and not calls; and the
// clock is injected.
type Breakers struct {
	// ProbeEvery is how often one message probes what is degraded.
	ProbeEvery time.Duration
	// Outage says when a provider that reports no fault counts as degraded.
	Outage Outage
	// Routes say which parts belong to one route only.
	Routes Routes
	// Observer hears of every change.
	Observer BreakerObserver

	mu     sync.Mutex
	faults map[string]*Fault
	mended map[string]time.Time // by part
	seen   map[string]answers   // by part
	silent silence
	// lastReport is when the last report of Meta came.
	lastReport time.Time
}

// BreakerObserver is told what breaks and what recovers, in order. Its methods
// must not block.
type BreakerObserver interface {
	Degraded(f Fault)
	Recovered(f Fault)
}

// The parts that may be degraded, beside the variants (languages) of the template. Of
// one route of several the name of the route follows, as in "sms:reserve".
const (
	// Account: Meta rejects the messages to every recipient; of one number, those from
	// that number.
	Account = "account"
	// NoAnswer: Meta's API does not answer.
	NoAnswer = "whatsapp"
	// Webhooks: Meta takes messages, and no report of them comes.
	Webhooks = "webhooks"
	// SMSProvider: the SMS provider does not answer, or rejects every message.
	SMSProvider = "sms"
	// SMSBudget: the budget for all SMS is spent.
	SMSBudget = "sms_budget"
	// Clock: our clock and Meta's differ.
	Clock = "clock"
)

// Fault is a part that is degraded.
type Fault struct {
	// Part is one of the constants above, that of one route, or a variant of the
	// template.
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
// known from a report and not only from the provider's acceptance. It returns
// whether the breaker was open and is closed now.
func (b *Breakers) Close(part string, reported bool, at time.Time) (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, open := b.faults[part]
	if !open || !reported && f.reported || !at.After(f.confirmed) {
		return false
	}
	delete(b.faults, part)
	if b.mended == nil {
		b.mended = make(map[string]time.Time)
	}
	b.mended[part] = at
	b.Observer.Recovered(*f)
	return true
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

// faultsOf counts what is degraded among some parts.
func (b *Breakers) faultsOf(parts []string) int {
	n := 0
	for _, part := range parts {
		if b.Broken(part) {
			n++
		}
	}
	return n
}

// probes takes the probe of everything that is degraded among some parts. It reports
// false when another message has it, or none is due.
func (b *Breakers) probes(parts []string, now time.Time) bool { return b.probe(parts, now, true) }

// probeDue reports the same and leaves the probe to another message.
func (b *Breakers) probeDue(parts []string, now time.Time) bool { return b.probe(parts, now, false) }

func (b *Breakers) probe(parts []string, now time.Time, take bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	var open []*Fault
	for _, part := range parts {
		f, is := b.faults[part]
		if is && now.Before(f.nextProbe) {
			return false
		}
		if is {
			open = append(open, f)
		}
	}
	if take {
		for _, f := range open {
			f.nextProbe = now.Add(b.ProbeEvery)
		}
	}
	return true
}

// LastReport is when the last report of Meta came; zero before the first.
func (b *Breakers) LastReport() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lastReport
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
