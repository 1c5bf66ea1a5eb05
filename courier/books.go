package courier

import "time"

// Books keep the ledger in line with the deliveries. What counts is what a
// provider took, or may have taken: a place in a limit or a budget is given back
// by the commit that learns that a message surely reached no one, and taken again
// should a later report tell otherwise.
type Books struct {
	Policy  Policy
	Limits  Limits
	Budgets Budgets
	Unused  Unused
	Revoke  Revoke
}

// entries returns what to enter into the ledger, and what to take back, when a
// delivery changes.
func (b Books) entries(before, after Delivery, now time.Time) []Quota {
	entries := b.Revoke.entries(before, after, now)
	if after.To.IsZero() {
		return entries // it is so old that it has lost its number
	}
	entries = append(entries, b.limits(before, after)...)
	entries = append(entries, b.budgets(before, after)...)
	entries = append(entries, b.memories(before, after, now)...)
	entries = append(entries, b.Limits.Block.entries(before, after, now)...)
	return append(entries, b.codes(before, after)...)
}

// limits gives the places back that a message has in the limits of its number and
// of its prefixes once it ended without reaching anybody. Accept has taken them.
func (b Books) limits(before, after Delivery) []Quota {
	counted, counts := !before.reachedNobody(), !after.reachedNobody()
	if counted == counts {
		return nil
	}
	return mark(b.Limits.returned(after.To, after.AcceptedAt), counts)
}

// budgets takes a place for each SMS when its request begins, so that no parallel
// request slips past, and gives it back when the provider took nothing.
func (b Books) budgets(before, after Delivery) []Quota {
	var entries []Quota
	for i, a := range after.Attempts {
		if a.Channel != SMS {
			continue
		}
		quotas := b.Budgets.quotas(after.To, a.StartedAt)
		if i >= len(before.Attempts) {
			if !a.tookNothing() {
				entries = append(entries, quotas...)
			}
			continue
		}
		if counted, counts := !before.Attempts[i].tookNothing(), !a.tookNothing(); counted != counts {
			entries = append(entries, mark(quotas, counts)...)
		}
	}
	return entries
}

// mark turns quotas into entries of what has happened already, which no limit
// refuses, or takes them back.
func mark(quotas []Quota, counts bool) []Quota {
	for i := range quotas {
		quotas[i].Max = Unlimited
		if !counts {
			quotas[i].Act = TakeBack
		}
	}
	return quotas
}

// memories are what is learned about whether a number is on WhatsApp.
func (b Books) memories(before, after Delivery, now time.Time) []Quota {
	if b.Policy.AbsentFor <= 0 {
		return nil
	}
	var entries []Quota
	for i, a := range after.Attempts {
		var was Attempt
		if i < len(before.Attempts) {
			was = before.Attempts[i]
		}
		switch {
		case a.Channel != WhatsApp:
		case a.Class.Traits().Remembered && !was.Class.Traits().Remembered:
			entries = append(entries, b.Policy.absence(after.To, now))
		case a.arrived() && !was.arrived():
			entries = append(entries, b.Policy.present(after.To, a.arrivedAt(now)))
		}
	}
	return entries
}

// codes count the codes that a provider took, and those that let a person in.
func (b Books) codes(before, after Delivery) []Quota {
	var entries []Quota
	for i, a := range after.Attempts {
		if !a.AcceptedAt.IsZero() && (i >= len(before.Attempts) || before.Attempts[i].AcceptedAt.IsZero()) {
			entries = append(entries, b.Unused.sent(after)...)
		}
	}
	if before.UsedAt.IsZero() && !after.UsedAt.IsZero() {
		entries = append(entries, b.Unused.used(after)...)
	}
	return entries
}

// tookNothing reports whether the provider surely did not take the message.
func (a *Attempt) tookNothing() bool {
	return a.State == AttemptFailed && !a.Class.Traits().MayBeTaken && a.AcceptedAt.IsZero() && a.ProviderID == ""
}

// reachedNobody reports whether a delivery has ended and no message of it was, or
// may be, on the person's phone. WhatsApp charges nothing for one that it took
// and reported as failed; an SMS provider does.
func (d *Delivery) reachedNobody() bool {
	if !d.State.Ended() {
		return false
	}
	for _, a := range d.Attempts {
		failedOnWhatsApp := a.Channel == WhatsApp && a.State == AttemptFailed
		if !a.tookNothing() && !failedOnWhatsApp {
			return false
		}
	}
	return true
}

// arrived reports whether the message is on the phone.
func (a *Attempt) arrived() bool { return a.State == AttemptDelivered || a.State == AttemptRead }

// arrivedAt is the instant at which the person surely was on the channel: when the
// phone got the message, or, should the provider's clock be slow, when the request
// began. It is never in the future.
func (a *Attempt) arrivedAt(now time.Time) time.Time {
	return earliest(latest(a.StartedAt, latest(a.DeliveredAt, a.ReadAt).Add(cutOff)), now)
}

// cutOff is what Meta's times lack: it tells whole seconds.
const cutOff = time.Second
