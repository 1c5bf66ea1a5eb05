package courier

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ReasonBlocked is the reason of messages to a number about which a security event was not
// long ago.
const ReasonBlocked = "number_blocked"

// Block leaves a number without codes for a while after a security event about one of
// its deliveries.
type Block struct {
	// Events are the alerts after which it does; none switches it off.
	Events []string
	For    time.Duration
}

// of is the memory that a number is blocked.
func (b Block) of(to Phone, now time.Time) Quota {
	return Quota{Name: ReasonBlocked, Subject: to.E164(), Max: Unlimited, Window: b.For, Now: now}
}

// Begins reports whether an alert blocks the number.
func (b Block) Begins(alert string) bool { return alert != "" && slices.Contains(b.Events, alert) }

// entries are what a change of a delivery says of its number.
func (b Block) entries(before, after Delivery, now time.Time) []Quota {
	if after.Alert == before.Alert || !b.Begins(after.Alert) {
		return nil
	}
	return []Quota{b.of(after.To, now)}
}

// BlockedUntil is until when a number gets no codes after a security event; zero if it
// is not blocked.
func (k *Desk) BlockedUntil(ctx context.Context, to Phone) (time.Time, error) {
	block := k.Books.Limits.Block
	if len(block.Events) == 0 {
		return time.Time{}, nil
	}
	count, latest, err := k.Ledger.Latest(ctx, block.of(to, k.Now()), 1)
	if err != nil || count == 0 {
		return time.Time{}, err
	}
	return latest.Add(block.For), nil
}

// Distrust notes that WhatsApp tells of another person behind a number since an instant: on
// the newest delivery to it, of which nothing more is sent. It returns that delivery, and
// whether this was news. Without a delivery the number alone is blocked, where that is
// wanted, and what is returned has no ID and names nobody.
func (t *Tracker) Distrust(ctx context.Context, from Phone, since time.Time) (Delivery, bool, error) {
	for _, number := range from.spellings() {
		ids, err := t.Store.Find(ctx, Query{To: number, Limit: 1})
		if err != nil {
			return Delivery{}, false, err
		}
		if len(ids) == 0 {
			continue
		}
		after, changed, err := t.changes().update(ctx, ids[0], change{
			decide: func(d Delivery) (Delivery, bool) { return distrust(d, t.Now()) },
		})
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnreadable) {
			continue
		}
		return after, changed, err
	}
	return t.distrustNumber(ctx, from, since)
}

// distrustNumber blocks a number of which no delivery is known, however it is spelt.
// Repeats of what Meta told name the same instant, and change nothing.
func (t *Tracker) distrustNumber(ctx context.Context, from Phone, since time.Time) (Delivery, bool, error) {
	unknown, block := Delivery{To: from, Alert: AlertIdentityChanged}, t.Books.Limits.Block
	if !block.Begins(unknown.Alert) {
		return unknown, true, nil
	}
	var entries []Quota
	for _, number := range from.spellings() {
		entries = append(entries, block.of(number, earliest(since, t.Now())))
	}
	known, err := t.Entries.Events(ctx, entries[0], latestCodes)
	if err != nil || slices.ContainsFunc(known, func(e Event) bool { return e.At.Equal(entries[0].Now) }) {
		return unknown, false, err
	}
	return unknown, true, t.Entries.Enter(ctx, ID{}, entries...)
}
