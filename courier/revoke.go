package courier

import (
	"slices"
	"time"
)

// Revoke has the sessions of a person ended after a security event about one of the
// person's deliveries. That this is to be done is an event of the ledger from the commit
// on that notes the alert, until it is taken back.
type Revoke struct {
	// Events are the alerts after which it does; none switches it off.
	Events []string
}

// owedFor is how long such an event is kept: far longer than anybody tries.
const owedFor = 30 * 24 * time.Hour

// RevocationsOwed are the sessions that are to be ended.
func RevocationsOwed(at time.Time) Quota {
	return Quota{Name: "revoke_sessions", Max: Unlimited, Window: owedFor, Now: at}
}

// entries are what a change of a delivery says of its person. Whoever registers has no
// sessions yet.
func (r Revoke) entries(before, after Delivery, now time.Time) []Quota {
	if after.Alert == before.Alert || after.Identity == "" || !slices.Contains(r.Events, after.Alert) {
		return nil
	}
	return []Quota{RevocationsOwed(now)}
}
