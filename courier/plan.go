package courier

import (
	"cmp"
	"time"
)

// Mode says which channels a delivery may use.
type Mode string

// The modes.
const (
	WhatsAppOrSMS Mode = "whatsapp_or_sms"
	WhatsAppOnly  Mode = "whatsapp_only"
	SMSOnly       Mode = "sms_only"
)

// Policy holds the times and limits that the plan goes by.
type Policy struct {
	Mode Mode
	// Modes are exceptions by region (ISO 3166-1 alpha-2, such as "BR").
	Modes map[string]Mode
	// Routes are the ways of all channels that a mode allows.
	Routes Routes
	// SentElsewhere: this process sends nothing. What has to be sent is due at once, for
	// another one.
	SentElsewhere bool
	// CodeLife is a code's life when Kratos does not tell it.
	CodeLife time.Duration
	// MinRest is how much life a code must have left to be worth sending.
	MinRest time.Duration
	// FallbackAfter is how long WhatsApp has to deliver, from its acceptance.
	FallbackAfter time.Duration
	// FallbackOverall is the same from our own acceptance, so that the fallback
	// also comes when WhatsApp never accepts.
	FallbackOverall time.Duration
	// SendTimeout is when a request to a provider that has not been answered
	// counts as one that never will be.
	SendTimeout time.Duration
	// WhatsAppRetries and SMSRetries are how often a send is repeated on its
	// channel after a passing failure.
	WhatsAppRetries int
	SMSRetries      int
	// RepeatUnknown is how often an SMS whose outcome is unknown is sent again, and
	// ReceiptWait how long its receipt is awaited before.
	RepeatUnknown int
	ReceiptWait   time.Duration
	// AbsentFor is for how long a number that is not on WhatsApp goes to SMS at
	// once.
	AbsentFor time.Duration
	// SupersedeAfter is how much later than another a message must have come to
	// be clearly the newer one: Kratos may dispatch two in the wrong order.
	SupersedeAfter time.Duration
	// Backoff is the pause before retry n, counted from 1.
	Backoff func(n int) time.Duration
	// Spread lengthens a wait a little, so that those who wait for the same
	// thing do not come back together.
	Spread func(wait time.Duration) time.Duration
}

// Action is what a step does.
type Action int

// The actions of a step.
const (
	// Wait: nothing to do before Step.At.
	Wait Action = iota
	// Send: one request by a route of Step.Channel, now or, where its rate
	// allows that only in a moment, at Step.At.
	Send
	// Queue: wait until a request by one of the full routes ends.
	Queue
	// End: the delivery ends in Step.State.
	End
)

// Step is the plan's decision about a delivery.
type Step struct {
	Action  Action
	Channel Channel   // of Send
	Route   string    // of Send, once the dispatcher has chosen it
	probe   bool      // of Send: it finds out whether a degraded route is in order again
	full    []*way    // of Queue
	At      time.Time // of Wait and Send
	State   State     // of End
	Reason  string    // of End
}

// Reasons that the plan gives for an end.
const (
	ReasonCodeExpired = "code_expired"
	ReasonSMSUnknown  = "sms_outcome_unknown"
	ReasonSMSFailed   = "sms_failed"
	ReasonNoReceipt   = "no_receipt"
	ReasonUsed        = "code_used"
	ReasonSuperseded  = "newer_code"
	ReasonSetBack     = "clock_set_back"
	// ReasonOperator: an operator said so. It may also be why WhatsApp is left out.
	ReasonOperator = "operator"
	// ReasonForgotten: the number is to be forgotten.
	ReasonForgotten = "number_forgotten"
)

// Why WhatsApp is left out. Only the first one rules it out when there is no SMS
// either.
const (
	ReasonAbsent   = "not_on_whatsapp"
	ReasonDegraded = "whatsapp_degraded"
	ReasonBusy     = "whatsapp_busy"
)

// Next decides what happens to a delivery now. It only looks: the dispatcher
// acts and records.
func (p Policy) Next(d Delivery, now time.Time) Step {
	switch {
	case d.State.Ended():
		return Step{Action: Wait}
	case !now.Before(d.ExpiresAt):
		return p.expire(d)
	case d.AcceptedAt.After(now.Add(p.MinRest)):
		// The clock was set back, so that the code's age is unknown. What MinRest
		// covers is left alone: so much life a code has when it is sent.
		return Step{Action: End, State: StateExpired, Reason: ReasonSetBack}
	case p.mode(d.To) == SMSOnly:
		return p.nextSMS(d, now)
	case !p.maySMS(d):
		return p.nextWhatsApp(d, now)
	case d.Asked == SMS, d.NoWhatsApp != "", d.Last(SMS) != nil:
		return p.nextSMS(d, now)
	default:
		return p.nextWhatsApp(d, now)
	}
}

// maySMS reports whether SMS is a way to this person.
func (p Policy) maySMS(d Delivery) bool {
	return p.mode(d.To) != WhatsAppOnly && d.NoSMS == ""
}

// mayWhatsApp reports whether WhatsApp is one, be it a bad one.
func (p Policy) mayWhatsApp(d Delivery) bool {
	return p.mode(d.To) != SMSOnly && d.Asked != SMS && d.NoWhatsApp != ReasonAbsent
}

// mode says which channels a number may be reached on.
func (p Policy) mode(to Phone) Mode {
	if len(p.Modes) > 0 {
		if mode, ok := p.Modes[to.Region()]; ok {
			return mode
		}
	}
	return p.Mode
}

// expire ends a delivery whose code has died. An SMS of which nothing more was
// heard was handed over all the same.
func (p Policy) expire(d Delivery) Step {
	if d.sentSMS() != nil {
		return Step{Action: End, State: StateHandedOver, Reason: ReasonNoReceipt}
	}
	return Step{Action: End, State: StateExpired, Reason: ReasonCodeExpired}
}

func (p Policy) nextWhatsApp(d Delivery, now time.Time) Step {
	last, overall := d.Last(WhatsApp), d.AcceptedAt.Add(p.FallbackOverall)
	if p.maySMS(d) && !now.Before(overall) && last == nil {
		// WhatsApp has no time left before SMS: one of both is enough.
		return p.send(d, SMS, now)
	}
	if last == nil {
		return p.send(d, WhatsApp, now)
	}
	if last.State == AttemptFailed {
		switch next := last.Class.Traits().Next; {
		case next == GiveUp:
			return Step{Action: End, State: StateFailed, Reason: last.Reason}
		case next == NextVariant && last.AcceptedAt.IsZero():
			// In the next variant; the sender says when none is left.
			return p.send(d, WhatsApp, now)
		}
		switch again, ok := p.again(d, last, now); {
		case !ok, p.maySMS(d) && !latest(now, again).Before(overall):
			return p.fallBack(d, last, now)
		case now.Before(again):
			return Step{Action: Wait, At: again}
		default:
			return p.send(d, WhatsApp, now)
		}
	}
	since := last.StartedAt
	if !last.AcceptedAt.IsZero() {
		since = last.AcceptedAt
	}
	deadline := earliest(since.Add(p.FallbackAfter), overall)
	if now.Before(deadline) {
		return Step{Action: Wait, At: earliest(deadline, d.ExpiresAt)}
	}
	return p.fallBack(d, last, now)
}

// fallBack gives WhatsApp up. Without SMS, a message that WhatsApp took may
// still arrive until the code's life ends; if it failed, the reason is why there
// is no SMS: why WhatsApp refused it stands in the attempt.
func (p Policy) fallBack(d Delivery, last *Attempt, now time.Time) Step {
	switch {
	case p.maySMS(d):
		return p.send(d, SMS, now)
	case last.State == AttemptFailed:
		return Step{Action: End, State: StateFailed, Reason: cmp.Or(d.NoSMS, last.Reason)}
	default:
		return Step{Action: Wait, At: d.ExpiresAt}
	}
}

// placeCheck is how long a delivery that has waited for longer than handOver waits before it
// looks again for a place among the requests under way. It is longer than that, so that the
// message does not look as if it were leaving now.
const placeCheck = handOver + time.Second

// awaitPlace puts off a send for which there is no place among the requests under way: in the
// queue of the routes while this process has the message to itself, then in the store. What
// queues looks at no deadline, so none may come before the store hands the message out.
func (p Policy) awaitPlace(d Delivery, now time.Time) Step {
	overall := d.AcceptedAt.Add(p.FallbackOverall)
	beyond := p.maySMS(d) && now.Before(overall) && d.Due.After(overall)
	if d.inHand(now) && !beyond {
		return Step{Action: Queue}
	}
	return p.putOff(d, placeCheck, now)
}

// putOff puts off a step for a while, never beyond the deadline of the fallback.
func (p Policy) putOff(d Delivery, wait time.Duration, now time.Time) Step {
	at := earliest(now.Add(p.Spread(wait)), d.ExpiresAt)
	if overall := d.AcceptedAt.Add(p.FallbackOverall); p.maySMS(d) && now.Before(overall) {
		at = earliest(at, overall)
	}
	return Step{Action: Wait, At: at}
}

// leaveWhatsApp records why WhatsApp is left out although it comes first, and goes
// on by SMS.
func (p Policy) leaveWhatsApp(d Delivery, why string, now time.Time) (Delivery, Step) {
	d = withoutWhatsApp(d, why)
	return d, p.nextSMS(d, now)
}

// send starts an attempt, unless the code would be dead on arrival.
func (p Policy) send(d Delivery, c Channel, now time.Time) Step {
	if !now.Add(p.MinRest).Before(d.ExpiresAt) {
		return Step{Action: End, State: StateExpired, Reason: ReasonCodeExpired}
	}
	return Step{Action: Send, Channel: c}
}

// maxThrottled bounds the tries of a message that a provider keeps throttling;
// the deadline of the fallback bounds them first.
const maxThrottled = 10

// retriable reports whether a failed attempt may be followed by another one by
// the same route. Being asked to wait is no failure that uses up the retries.
func (p Policy) retriable(d Delivery, failed *Attempt) bool {
	tries := maxThrottled
	switch {
	case failed.RetryAt.IsZero():
		return false
	case failed.Class.Traits().Next != Retry:
	case failed.Channel == SMS:
		tries = p.SMSRetries
	default:
		tries = p.WhatsAppRetries
	}
	return d.triesBy(failed) <= tries
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
