package courier

import "time"

// nextSMS is the plan for a delivery that goes by SMS.
func (p Policy) nextSMS(d Delivery, now time.Time) Step {
	last := d.Last(SMS)
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
	case !p.retriable(d, last):
		return Step{Action: End, State: StateFailed, Reason: last.Reason}
	case now.Before(last.RetryAt):
		return Step{Action: Wait, At: last.RetryAt}
	default:
		return p.send(d, SMS, now)
	}
}

// afterUnknownSMS decides what follows when the process died, or the provider never
// answered. A second request could be a second SMS, none could be no SMS: the
// receipt is awaited, then there is one more request at most.
func (p Policy) afterUnknownSMS(d Delivery, last *Attempt, now time.Time) Step {
	due := last.StartedAt.Add(p.ReceiptWait)
	if d.unknownSMS() > p.RepeatUnknown || !due.Add(p.MinRest).Before(d.ExpiresAt) {
		return Step{Action: End, State: StateFailed, Reason: ReasonSMSUnknown}
	}
	if now.Before(due) {
		return Step{Action: Wait, At: due}
	}
	return p.send(d, SMS, now)
}

// unknownSMS counts the SMS whose outcome is unknown.
func (d *Delivery) unknownSMS() int {
	n := 0
	for _, a := range d.Attempts {
		if a.Channel == SMS && (a.State == AttemptSending || a.State == AttemptUnknown) {
			n++
		}
	}
	return n
}

// RepeatsUnknownSMS reports whether an attempt was made because the outcome of an
// SMS before it was unknown.
func (d *Delivery) RepeatsUnknownSMS(a Attempt) bool {
	before := d.Attempt(a.N - 1)
	return a.Channel == SMS && before != nil && before.Channel == SMS && before.State == AttemptUnknown
}
