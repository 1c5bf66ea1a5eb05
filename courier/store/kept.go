package store

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Kept returns d as it is written, and as Load will give it back: in UTC, to the
// microsecond; an ended one with the time of its end, without its code and never
// due; of a provider's ids only their tails.
func Kept(d courier.Delivery) courier.Delivery {
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = d.AcceptedAt
	}
	if d.State.Ended() {
		d.Code, d.Due = courier.Code{}, time.Time{}
		if d.EndedAt.IsZero() {
			d.EndedAt = d.UpdatedAt
		}
	} else {
		d.EndedAt = time.Time{}
	}
	for _, t := range []*time.Time{&d.AcceptedAt, &d.ExpiresAt, &d.UpdatedAt, &d.EndedAt, &d.UsedAt, &d.Due} {
		*t = rounded(*t)
	}
	attempts := d.Attempts
	d.Attempts = nil
	for _, a := range attempts {
		a.ProviderID = vault.Tail(a.ProviderID)
		for _, t := range []*time.Time{&a.RetryAt, &a.StartedAt, &a.AcceptedAt, &a.SentAt, &a.DeliveredAt, &a.ReadAt, &a.FailedAt} {
			*t = rounded(*t)
		}
		d.Attempts = append(d.Attempts, a)
	}
	return d
}

func rounded(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// Skew is by how much an event may be later than the present and still count: calls
// come in another order than their instants, and the clocks of processes that share
// a database differ. What is later was left by a clock that was ahead.
const Skew = 10 * time.Second

// Limit is how many rows an answer has when its caller asks for n.
func Limit(n int) int {
	const usual = 100
	if n <= 0 {
		return usual
	}
	return n
}
