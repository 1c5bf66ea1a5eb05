package courier

import (
	"fmt"
	"slices"
	"time"
)

// Outage says when a provider that reports no fault counts as degraded. The zero
// value is never an outage.
type Outage struct {
	// Unanswered of the latest Of requests within Within had no answer: they timed
	// out, broke off or got a 5xx.
	Unanswered, Of int
	Within         time.Duration
	// Silent messages in a row within SilentWithin were taken by WhatsApp, and no
	// report of any message came before their fallback was due. A process that has
	// never had a report needs half as many.
	Silent       int
	SilentWithin time.Duration
}

// answers are the latest requests to a provider, oldest first.
type answers []answer

type answer struct {
	to         Phone
	at         time.Time
	unanswered bool
}

// next returns the answers with one more, as many as o looks at. Of one person only
// the latest request without an answer counts: what a single number provokes is no
// outage.
func (o Outage) next(latest answers, a answer) answers {
	latest = slices.DeleteFunc(slices.Clone(latest), func(old answer) bool { return old.unanswered && a.unanswered && old.to.E164() == a.to.E164() })
	latest = append(latest, a)
	return latest[max(0, len(latest)-max(o.Of, 1)):]
}

// unanswered returns how many of the latest requests had no answer, and whether
// that is an outage.
func (o Outage) unanswered(latest answers, now time.Time) (count int, outage bool) {
	for _, a := range latest {
		if a.unanswered && now.Sub(a.at) <= o.Within {
			count++
		}
	}
	return count, o.Unanswered > 0 && count >= o.Unanswered
}

// silence is what is known about reports: whether one ever came, and when messages
// were given up without any since the last one.
type silence struct {
	heard   bool
	givenUp []time.Time
	// elsewhere is Meta's id of a sending number that is not ours, of which reports came;
	// "" if none did.
	elsewhere string
	// refused counts the webhooks whose signature was not Meta's. Anyone on the internet
	// can cause them: they prove nothing, and explain much.
	refused int
}

// nextSilence returns the silence after one more message without a report.
func (o Outage) nextSilence(s silence, now time.Time) silence {
	recent := func(at time.Time) bool { return now.Sub(at) <= o.SilentWithin }
	var kept []time.Time
	for _, at := range append(slices.Clone(s.givenUp), now) {
		if recent(at) {
			kept = append(kept, at)
		}
	}
	s.givenUp = kept
	return s
}

// silent reports whether a silence is an outage.
func (o Outage) silent(s silence) bool {
	least := o.Silent
	if !s.heard {
		least = (o.Silent + 1) / 2
	}
	return o.Silent > 0 && len(s.givenUp) >= least
}

// advice says what to check in a silence.
func (s silence) advice() string {
	advice := fmt.Sprintf(adviceOnSilence, len(s.givenUp))
	if s.refused > 0 {
		advice += fmt.Sprintf(". %d webhooks were refused for their signature: compare whatsapp.app_secrets with the app secret", s.refused)
	}
	if s.elsewhere != "" {
		advice += ". Reports came of the phone_number_id " + s.elsewhere + ": if that is the sending number, set it"
	}
	return advice
}

const adviceOnSilence = "Meta took the latest %d messages and reported nothing about them. Check that the app is subscribed to the account, that Meta can reach the callback URL, and that it is that of this service"

// unreported reports whether WhatsApp took the newest message and has not said
// anything since.
func (d *Delivery) unreported() bool {
	last := d.Last(WhatsApp)
	return last != nil && last.State == AttemptAccepted
}

// givesUpWhatsApp reports whether a change of a delivery is the end of its wait for
// WhatsApp: the first SMS, or the end of the code's life.
func givesUpWhatsApp(before, after Delivery) bool {
	if before.State.Ended() || before.Last(SMS) != nil {
		return false
	}
	return after.Last(SMS) != nil || after.State == StateExpired
}

func unansweredAdvice(count, of int, a Attempt) string {
	return fmt.Sprintf("%d of the latest %d requests had no answer, the last one: %s", count, of, a.Reason)
}
