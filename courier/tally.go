package courier

import (
	"slices"
	"strings"
	"time"
)

// Measure is something that reports count.
type Measure int

// What reports count, of deliveries, and of the part that each channel had in them.
const (
	// MeasureMessages are the deliveries that were accepted; on a channel, those that it was tried
	// for.
	MeasureMessages Measure = iota
	// MeasureSuppressed are the messages that a rule forbade, each repeat counted.
	MeasureSuppressed
	// MeasureSent are the deliveries that a provider took; on a channel, the messages that its
	// providers took, which may be several of one delivery.
	MeasureSent
	// MeasureDelivered are those of these that a phone got, and MeasureRead those that a person saw, as
	// far as providers report it.
	MeasureDelivered
	MeasureRead
	// MeasureUsed are the deliveries whose code let someone in; on a channel, those of which it was
	// the last one.
	MeasureUsed
	// MeasureFellBack are the deliveries that an SMS was tried for after WhatsApp.
	MeasureFellBack
	// MeasureFailed are the deliveries that failed or expired; on a channel, the attempts that
	// failed.
	MeasureFailed

	measures
)

// Counts are what was counted: a number for each Measure, and how many deliveries came to
// the phone within each of the times of ToPhone, and how many later.
type Counts [measures + timesToPhone + 1]int

const timesToPhone = 16

// ToPhone are the upper bounds of the times to the phone that are counted apart.
func ToPhone() [timesToPhone]time.Duration {
	const s = time.Second
	return [timesToPhone]time.Duration{s / 2, s, 3 * s / 2, 2 * s, 3 * s, 4 * s, 6 * s, 8 * s, 12 * s, 20 * s, 30 * s, 45 * s, 60 * s, 120 * s, 300 * s, 900 * s}
}

// Add adds others up.
func (c *Counts) Add(other Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// cameAfter counts a delivery that came to the phone after some time.
func (c *Counts) cameAfter(took time.Duration) {
	i := int(measures)
	for _, bound := range ToPhone() {
		if took > bound {
			i++
		}
	}
	c[i]++
}

// Tally is by how much a change moves what is counted of the deliveries that were accepted
// in one hour, have a country and a purpose in common, and went by a channel. It names no
// person, and its words are ours: it never quotes a provider.
type Tally struct {
	// Accepted is when the delivery was: everything counts for the hour it began in.
	Accepted time.Time
	Country  string
	Purpose  Purpose
	// Channel is "" for the delivery as a whole.
	Channel Channel
	Counts  Counts
	// Reasons are why those were suppressed, or failed; of attempts, the class.
	Reasons map[Reason]int
}

// Reason is why something was counted as MeasureSuppressed or MeasureFailed.
type Reason struct {
	Measure Measure
	Word    string
}

// Accepted tallies a message that is stored as new, or counted on another record.
func Accepted(d Delivery) Tally { return d.tally("") }

// Tallied tallies a change of a delivery that is recorded now.
func Tallied(before, after Delivery, now time.Time) []Tally {
	var all []Tally
	for _, channel := range []Channel{"", WhatsApp, SMS} {
		was, t := before.tally(channel), after.tally(channel)
		if was.Counts[MeasureDelivered] == 0 && t.Counts[MeasureDelivered] > 0 {
			t.Counts.cameAfter(now.Sub(after.AcceptedAt))
		}
		if t.minus(was); t.Counts != (Counts{}) || len(t.Reasons) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// minus leaves what differs.
func (t *Tally) minus(other Tally) {
	for i := range t.Counts {
		t.Counts[i] -= other.Counts[i]
	}
	for reason, n := range other.Reasons {
		t.Reasons[reason] -= n
	}
	for reason, n := range t.Reasons {
		if n == 0 {
			delete(t.Reasons, reason)
		}
	}
}

// tally is what a delivery counts for now, as a whole or on a channel.
func (d *Delivery) tally(c Channel) Tally {
	t := Tally{Accepted: d.AcceptedAt, Country: d.Country, Purpose: d.Purpose, Channel: c, Reasons: map[Reason]int{}}
	switch {
	case d.State == StateSuppressed && c == "":
		t.Counts[MeasureSuppressed] = 1 + d.Repeats
		t.Reasons[Reason{MeasureSuppressed, word(d.Reason, "")}] = 1 + d.Repeats
	case d.State != StateSuppressed && c == "":
		d.tallyWhole(&t)
	case d.State != StateSuppressed:
		d.tallyChannel(&t)
	}
	return t
}

func (d *Delivery) tallyWhole(t *Tally) {
	count := func(m Measure, so bool) {
		if so {
			t.Counts[m] = 1
		}
	}
	count(MeasureMessages, true)
	count(MeasureSent, d.some((*Attempt).taken))
	count(MeasureDelivered, d.some((*Attempt).arrived))
	count(MeasureRead, d.some((*Attempt).read))
	count(MeasureUsed, !d.UsedAt.IsZero())
	count(MeasureFellBack, d.Last(WhatsApp) != nil && d.Last(SMS) != nil)
	if d.State == StateFailed || d.State == StateExpired {
		var class Class
		for _, a := range d.Attempts {
			if a.State == AttemptFailed {
				class = a.Class
			}
		}
		count(MeasureFailed, true)
		t.Reasons[Reason{MeasureFailed, word(d.Reason, class)}] = 1
	}
}

func (d *Delivery) tallyChannel(t *Tally) {
	add := func(m Measure, so bool) {
		if so {
			t.Counts[m]++
		}
	}
	last := d.Last(t.Channel)
	if last == nil {
		return
	}
	add(MeasureMessages, true)
	add(MeasureUsed, !d.UsedAt.IsZero() && last.N == len(d.Attempts))
	for _, a := range d.Attempts {
		if a.Channel != t.Channel {
			continue
		}
		add(MeasureSent, a.taken())
		add(MeasureDelivered, a.arrived())
		add(MeasureRead, a.read())
		if a.State == AttemptFailed {
			add(MeasureFailed, true)
			t.Reasons[Reason{MeasureFailed, word("", a.Class)}]++
		}
	}
}

// some reports whether an attempt is so.
func (d *Delivery) some(so func(*Attempt) bool) bool {
	return slices.ContainsFunc(d.Attempts, func(a Attempt) bool { return so(&a) })
}

// taken reports whether the provider took the message, whatever it said later.
func (a *Attempt) taken() bool { return !a.AcceptedAt.IsZero() || !a.SentAt.IsZero() || a.arrived() }

func (a *Attempt) read() bool { return a.State == AttemptRead }

// word is a reason if it is one of our own words, else a class: what a provider writes may
// be anything.
func word(reason string, c Class) string {
	ours := reason != "" && !strings.ContainsFunc(reason, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	switch {
	case ours:
		return reason
	case c != "":
		return string(c)
	}
	return "other"
}
