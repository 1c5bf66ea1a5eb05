package courier

import "time"

// Limits protect people from floods of codes.
type Limits struct {
	// NumberMax is how many codes one number gets within NumberWindow.
	NumberMax    int
	NumberWindow time.Duration
}

// accept returns the conditions for taking a message.
func (l Limits) accept(d Delivery, repeats time.Duration) AcceptRules {
	return AcceptRules{
		RepeatsUntil: d.ExpiresAt.Add(repeats),
		CountWithin:  l.NumberWindow,
		Quotas: []Quota{{
			Name: "number", Subject: d.To.E164(),
			Max: l.NumberMax, Window: l.NumberWindow, Now: d.AcceptedAt,
		}},
	}
}

// Budgets protect the purse: an SMS costs money and is what fraudsters farm.
type Budgets struct {
	// SMSPerHour bounds the SMS of any 60 minutes, over all numbers.
	SMSPerHour int
}

// quotas returns what one message on a channel spends.
func (b Budgets) quotas(c Channel, now time.Time) []Quota {
	if c != SMS {
		return nil
	}
	return []Quota{{Name: "sms_total", Max: b.SMSPerHour, Window: time.Hour, Now: now}}
}
