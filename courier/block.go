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

// Distrust notes that WhatsApp tells of another person behind a number: on the newest
// delivery to it, of which nothing more is sent. It returns that delivery, and whether this
// was news. Without a delivery there is nothing to note.
func (t *Tracker) Distrust(ctx context.Context, from Phone) (Delivery, bool, error) {
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
			return Delivery{}, false, nil
		}
		return after, changed, err
	}
	return Delivery{}, false, nil
}
