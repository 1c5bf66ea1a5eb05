package courier

import "time"

// nextSMS is the plan for a delivery that goes by SMS.
func (p Policy) nextSMS(d Delivery, now time.Time) Step {
	last := d.Last(SMS)
	if sent := d.sentSMS(); sent != nil {
		// What came of another request for the same code does not matter any more.
		last = sent
	}
	switch {
	case last == nil:
		return p.send(d, SMS, now)
	case last.State == AttemptSending && now.Before(last.StartedAt.Add(p.SendTimeout)):
		return Step{Action: Wait, At: last.StartedAt.Add(p.SendTimeout)}
	case last.State == AttemptSending, last.State == AttemptUnknown:
		return p.afterUnknownSMS(d, last, now)
	case last.State != AttemptFailed && last.Receipts:
		return Step{Action: Wait, At: d.ExpiresAt}
	case last.State != AttemptFailed:
		return Step{Action: End, State: StateHandedOver}
	}
	switch again, ok := p.again(d, last, now); {
	case !ok:
		return Step{Action: End, State: StateFailed, Reason: last.Reason}
	case now.Before(again):
		return Step{Action: Wait, At: again}
	default:
		return p.send(d, SMS, now)
	}
}

// afterUnknownSMS decides what follows when the process died, or the provider never
// answered. A second request could be a second SMS, none could be no SMS: the
// receipt is awaited, then there is one more request at most.
func (p Policy) afterUnknownSMS(d Delivery, last *Attempt, now time.Time) Step {
	due := last.StartedAt.Add(p.ReceiptWait)
	if d.maybeSentSMS() > p.RepeatUnknown || !due.Add(p.MinRest).Before(d.ExpiresAt) {
		return Step{Action: End, State: StateFailed, Reason: ReasonSMSUnknown}
	}
	if now.Before(due) {
		return Step{Action: Wait, At: due}
	}
	return p.send(d, SMS, now)
}

// maybeSentSMS counts the SMS that the provider took or may have taken.
func (d *Delivery) maybeSentSMS() int {
	n := 0
	for _, a := range d.Attempts {
		if a.Channel == SMS && !a.tookNothing() {
			n++
		}
	}
	return n
}

// sentSMS returns the newest SMS that the provider surely took, or nil.
func (d *Delivery) sentSMS() *Attempt {
	for i := len(d.Attempts) - 1; i >= 0; i-- {
		if a := &d.Attempts[i]; a.Channel == SMS && (a.State == AttemptAccepted || a.State == AttemptSent) {
			return a
		}
	}
	return nil
}

// RepeatsUnknownSMS reports whether an attempt was made because the outcome of an
// SMS before it was unknown.
func (d *Delivery) RepeatsUnknownSMS(a Attempt) bool {
	before := d.Attempt(a.N - 1)
	return a.Channel == SMS && before != nil && before.Channel == SMS && before.State == AttemptUnknown
}
