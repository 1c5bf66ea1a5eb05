package courier

import (
	"errors"
	"slices"
	"time"
)

// newDelivery makes the record of a message that was just received.
func newDelivery(id ID, m Message, p Policy, now time.Time) Delivery {
	life := p.CodeLife
	if m.Life > 0 {
		life = m.Life
	}
	d := Delivery{
		ID: id, TemplateType: m.TemplateType, Purpose: m.Purpose, To: m.To, Country: m.To.Region(), Code: m.Code,
		Asked: m.Asked, Flow: m.Flow, Identity: m.Identity, Locales: m.Locales,
		State: StateAccepted, AcceptedAt: now, UpdatedAt: now,
		ExpiresAt: now.Add(life), Due: now.Add(handOver),
	}
	if m.Undeliverable != "" {
		d.end(StateSuppressed, m.Undeliverable, now)
	}
	return d
}

// suppress ends a new delivery that a rule forbids, unless it has ended already.
// Its code stays with it until it is stored, so that a repeat is known by it.
func suppress(d Delivery, reason string) Delivery {
	if !d.State.Ended() {
		d.State, d.Reason = StateSuppressed, reason
	}
	return d
}

// Apply returns a new delivery as these facts leave it. A store calls it inside the
// transaction of Accept, again when it has found out more.
func (f AcceptFacts) Apply(d Delivery) Delivery {
	if f.Memory != "" && f.Memory != ReasonBlocked && !d.State.Ended() {
		d.NoWhatsApp = f.Memory
	}
	switch {
	case f.Spent != nil:
		return suppress(d, f.Spent.Reason())
	case f.Denied:
		return suppress(d, ReasonDenied)
	case f.Memory == ReasonBlocked:
		return suppress(d, ReasonBlocked)
	}
	return d
}

// EndUnread ends a delivery that no secret decrypts, once its code has expired: until
// then the secret may come back. It reports whether it did.
func EndUnread(d Delivery, now time.Time) (Delivery, bool) {
	if now.Before(d.ExpiresAt) {
		return d, false
	}
	d.end(StateExpired, ReasonCodeExpired, now)
	return d, true
}

// begin records that a request to a provider is about to leave.
func (p Policy) begin(d Delivery, c Channel, provider string, now time.Time) Delivery {
	d.Attempts = slices.Clone(d.Attempts)
	for i := range d.Attempts {
		if d.Attempts[i].State == AttemptSending {
			d.Attempts[i].State = AttemptUnknown
		}
	}
	d.Attempts = append(d.Attempts, Attempt{
		N: len(d.Attempts) + 1, Channel: c, Provider: provider,
		State: AttemptSending, StartedAt: now,
	})
	return p.settle(d, now)
}

// finish records what came of the request of attempt n.
func (p Policy) finish(d Delivery, n int, taken Taken, failure error, now time.Time) Delivery {
	d.Attempts = slices.Clone(d.Attempts)
	a := d.Attempt(n)
	if a == nil {
		return d
	}
	if failure == nil {
		a.ProviderID, a.Variant, a.Receipts, a.AcceptedAt = taken.ProviderID, taken.Variant, taken.Receipts, now
		a.KnownAs = taken.KnownAs.Masked()
		a.advance(AttemptAccepted)
		return p.settle(d, now)
	}
	fault := deliveryError(failure)
	a.Variant = fault.Variant
	if fault.Class.Traits().Next == AwaitReport {
		if a.advance(AttemptUnknown) {
			a.Class, a.Reason = fault.Class, fault.Reason
		}
		return p.settle(d, now)
	}
	if a.advance(AttemptFailed) {
		a.fail(fault.Class, fault.Code, fault.Reason, now)
		if fault.Class.Traits().Next.retries() {
			a.RetryAt = now.Add(p.pause(d, fault))
		}
		d.noteAlert(a)
		p.withoutSMS(&d, a, now)
	}
	return p.settle(d, now)
}

// withoutSMS records that SMS has failed for good although WhatsApp was left while a
// number could still have been tried: it may be degraded, but it is what is left.
func (p Policy) withoutSMS(d *Delivery, failed *Attempt, now time.Time) {
	if failed.Channel != SMS || failed.Class.Traits().Next == GiveUp || !p.whatsAppIsLeft(*d, now) {
		return
	}
	if _, again := p.again(*d, failed, now); !again {
		d.NoSMS = ReasonSMSFailed
	}
}

// whatsAppIsLeft reports whether WhatsApp can be tried in the code's life: for the first
// time, or again.
func (p Policy) whatsAppIsLeft(d Delivery, now time.Time) bool {
	last := d.Last(WhatsApp)
	if last == nil || !p.mayWhatsApp(d) {
		return p.mayWhatsApp(d)
	}
	at, again := p.again(d, last, now)
	return last.State == AttemptFailed && again && at.Add(p.MinRest).Before(d.ExpiresAt)
}

// withoutBudget records that a spent budget left the SMS out. WhatsApp goes on
// where it is a way to the person, however late.
func (p Policy) withoutBudget(d Delivery, spent *QuotaError, now time.Time) Delivery {
	if !p.mayWhatsApp(d) {
		d.end(StateFailed, spent.Reason(), now)
		return d
	}
	d.NoSMS = spent.Reason()
	return p.settle(d, now)
}

// withoutWhatsApp records why the message goes by SMS although WhatsApp comes
// first.
func withoutWhatsApp(d Delivery, why string) Delivery {
	d.NoWhatsApp = why
	return d
}

// pause is how long to wait before the next try on the same channel. For too
// many messages to one person Meta asks for 4^X seconds, X counting the
// refusals from 0 (Meta, rate limits of the platform, 5 December 2025), on top of
// its pair limit.
func (p Policy) pause(d Delivery, fault *DeliveryError) time.Duration {
	if fault.Class.Traits().Next != RetryLater {
		return max(p.Backoff(d.Tries(WhatsApp)+d.Tries(SMS)), fault.RetryAfter)
	}
	refused := 0
	for _, a := range d.Attempts {
		if a.Class.Traits().Next == RetryLater {
			refused++
		}
	}
	return fault.RetryAfter + time.Second<<(2*min(refused-1, 10))
}

// usable reports whether the delivery's code may be the one that let a person
// in: it is alive and was not used before.
func (d *Delivery) usable(now time.Time) bool {
	return d.UsedAt.IsZero() && now.Before(d.ExpiresAt)
}

// use ends a live delivery because the person is in. With `counts` it also
// notes that it was this delivery's code.
func use(d Delivery, counts bool, now time.Time) Delivery {
	if counts {
		d.UsedAt, d.UpdatedAt = now, now
	}
	if !d.State.Ended() {
		d.end(StateCancelled, ReasonUsed, now)
	}
	return d
}

// record applies a status report. Reports come late, twice and in any order:
// states only move forward. It reports whether anything changed.
func (p Policy) record(d Delivery, s Report, now time.Time) (Delivery, bool) {
	d.Attempts = slices.Clone(d.Attempts)
	a := d.Attempt(s.Attempt)
	if s.At.IsZero() {
		s.At = now
	}
	if a == nil || !a.stamp(s) {
		return d, false
	}
	a.Receipts = true // A report proves that there are reports.
	if a.ProviderID == "" {
		// The answer to the send is still on its way, or was lost.
		a.ProviderID = s.ProviderID
	}
	if a.advance(s.State) && s.State == AttemptFailed {
		a.fail(s.Class, s.Code, s.Reason, s.At)
		if a.Channel == SMS && s.Class.Traits().Next.retries() {
			a.RetryAt = now.Add(p.Backoff(d.Tries(SMS)))
		}
		d.noteAlert(a)
		p.withoutSMS(&d, a, now)
	}
	switch {
	case a.State == AttemptRead && d.reachable():
		d.end(StateRead, "", now)
	case a.State == AttemptDelivered && d.reachable() && d.State != StateRead:
		d.end(StateDelivered, "", now)
	default:
		d = p.settle(d, now)
	}
	return d, true
}

// disown records that the person did not ask for this code. Nothing more is
// sent of it.
func disown(d Delivery, now time.Time) (Delivery, bool) {
	if d.Alert == AlertNotRequested {
		return d, false
	}
	d.Alert, d.UpdatedAt = AlertNotRequested, now
	if !d.State.Ended() {
		d.end(StateCancelled, AlertNotRequested, now)
	}
	return d, true
}

// distrust records that another person may have the number now. Nothing more is sent of
// what was on its way to it.
func distrust(d Delivery, now time.Time) (Delivery, bool) {
	if d.Alert == AlertIdentityChanged {
		return d, false
	}
	d.Alert, d.UpdatedAt = AlertIdentityChanged, now
	if !d.State.Ended() {
		d.end(StateCancelled, AlertIdentityChanged, now)
	}
	return d, true
}

// cancel ends a live delivery because an operator says so.
func cancel(d Delivery, why string, now time.Time) Delivery {
	d.end(StateCancelled, why, now)
	return d
}

// resend lets a delivery go by SMS now, because an operator says so.
func (p Policy) resend(d Delivery, now time.Time) Delivery {
	return p.settle(withoutWhatsApp(d, ReasonOperator), now)
}

// noteAlert notes what a failed attempt says about the person behind the number.
func (d *Delivery) noteAlert(a *Attempt) {
	if a.identityChanged() {
		d.Alert = AlertIdentityChanged
	}
}

// supersede ends a delivery whose place a newer one takes.
func supersede(d Delivery, now time.Time) Delivery {
	d.end(StateSuperseded, ReasonSuperseded, now)
	return d
}

// settle brings state and due time in line with what the plan says next.
func (p Policy) settle(d Delivery, now time.Time) Delivery {
	return p.follow(d, p.Next(d, now), now)
}

// follow brings state and due time in line with a step.
func (p Policy) follow(d Delivery, step Step, now time.Time) Delivery {
	if d.State.Ended() {
		return d
	}
	switch step.Action {
	case End:
		d.end(step.State, step.Reason, now)
		return d
	case Send, Queue:
		d.Due = now.Add(p.handOver())
	case Wait:
		// A provider may ask for longer than the code lives.
		d.Due = earliest(step.At, d.ExpiresAt)
	}
	d.State, d.UpdatedAt = liveState(d, step), now
	return d
}

// liveState names where a delivery stands that has not ended.
func liveState(d Delivery, next Step) State {
	whatsapp, sms := d.Last(WhatsApp), d.Last(SMS)
	if whatsapp != nil && (sms != nil || next.Action == Send && next.Channel == SMS) {
		return StateFallback
	}
	last := whatsapp
	if sms != nil {
		last = sms
	}
	switch {
	case last == nil, last.State == AttemptFailed:
		return StateAccepted
	case last.State == AttemptSending, last.State == AttemptUnknown:
		return StateSending
	default:
		return StateSent
	}
}

// handOver is how long the caller has to go on with a send. It does so at once; should
// it die, a claim takes over.
func (p Policy) handOver() time.Duration {
	if p.SentElsewhere {
		return 0
	}
	return handOver
}

// handOver is how long the process that recorded a step has to carry it out
// before another one may claim it.
const handOver = 3 * time.Second

// isNew reports whether d has just come in: it has not waited, nor was it claimed, and nothing
// was requested for it.
func (d *Delivery) isNew(now time.Time) bool {
	claimed := d.Due.After(d.AcceptedAt.Add(handOver))
	return d.fresh() && d.inHand(now) && !claimed
}

// inHand reports whether the process that accepted d still has it to itself.
func (d *Delivery) inHand(now time.Time) bool {
	return now.Before(d.Due) && now.Before(d.AcceptedAt.Add(handOver))
}

// reachable reports whether news from the phone still changes the state. A code
// that was used, replaced or suppressed keeps that as its end.
func (d *Delivery) reachable() bool {
	return !slices.Contains([]State{StateCancelled, StateSuperseded, StateSuppressed}, d.State)
}

func (d *Delivery) end(s State, reason string, now time.Time) {
	d.State, d.Reason, d.Due, d.Code, d.UpdatedAt = s, reason, time.Time{}, Code{}, now
	if d.EndedAt.IsZero() {
		d.EndedAt = now
	}
}

// deliveryError takes an error of a Sender for what it says; anything else has
// no known outcome.
func deliveryError(err error) *DeliveryError {
	if fault, ok := errors.AsType[*DeliveryError](err); ok {
		return fault
	}
	return &DeliveryError{Class: ClassUnknown, Reason: "the sender failed without a verdict", Cause: err}
}
