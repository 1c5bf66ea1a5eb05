package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Load implements courier.Store.
func (k *Keeper) Load(ctx context.Context, id courier.ID) (courier.Delivery, error) {
	r, err := k.db.Record(ctx, id)
	if err != nil {
		return courier.Delivery{}, err
	}
	return k.vault.OpenDelivery(r)
}

// Peek implements courier.Reader.
func (k *Keeper) Peek(ctx context.Context, id courier.ID) (courier.Delivery, error) {
	r, err := k.db.Record(ctx, id)
	if err != nil {
		return courier.Delivery{}, err
	}
	return k.vault.Show(r), nil
}

// Backlog implements courier.Reader.
func (k *Keeper) Backlog(ctx context.Context, now time.Time) (courier.Backlog, error) {
	return k.db.Backlog(ctx, now)
}

// Find implements courier.Store. Newest means accepted last; ids tell that as
// well.
func (k *Keeper) Find(ctx context.Context, q courier.Query) ([]courier.ID, error) {
	s := Search{Identity: q.Identity, Live: q.Live, Since: q.Since, Before: q.Before, Limit: Limit(q.Limit)}
	if q.ProviderID != "" {
		if s.ProviderLookup = k.vault.ProviderLookup(q.Provider, q.ProviderID); s.ProviderLookup == nil {
			return nil, nil // the end of an id finds nothing
		}
	}
	if !q.To.IsZero() {
		s.PhoneLookup = k.vault.PhoneLookup(q.To)
	}
	if s.ProviderLookup == nil && s.PhoneLookup == nil && s.Identity == "" {
		return nil, errors.New("a query needs an identity, a number or a provider's message id")
	}
	return k.db.Find(ctx, s)
}

// StillLive is true of deliveries that have not ended. It does not say IS NULL, so that
// PostgreSQL cannot take the index of all live deliveries for a look-up by id or number: while
// that index is nearly empty it looks as cheap as the right one, and the plan is kept.
const StillLive = "coalesce(ended_at, 0) = 0"

// Search is a courier.Query whose secrets are lookups.
type Search struct {
	Identity                    string
	PhoneLookup, ProviderLookup []byte
	Live                        bool
	Since, Before               time.Time
	Limit                       int
}

// SQL returns the query of a search, with a question mark for each argument. The limit
// stands in its text, because SQLite prepares a statement anew whenever a value is
// bound there; there are as many texts as callers have limits.
func (s Search) SQL() (text string, args []any) {
	var (
		from  = "d.id FROM deliveries d"
		order = "d.accepted_at DESC, d.id DESC"
		where []string
	)
	narrow := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if s.ProviderLookup != nil {
		// The index holds the ids of those with one provider id in their order, so
		// the newest is found at once, however many there are.
		from = "DISTINCT a.delivery_id FROM attempts a JOIN deliveries d ON d.id = a.delivery_id"
		order = "a.delivery_id DESC"
		narrow("a.provider_lookup = ?", s.ProviderLookup)
	}
	if s.Identity != "" {
		// The second half is what makes the partial index apply.
		narrow("d.identity = ? AND d.identity <> ''", s.Identity)
	}
	if s.PhoneLookup != nil {
		narrow("d.phone_lookup = ?", s.PhoneLookup)
	}
	if s.Live {
		narrow(StillLive)
	}
	if !s.Since.IsZero() {
		narrow("d.accepted_at >= ?", Micros(s.Since))
	}
	if !s.Before.IsZero() {
		narrow("d.accepted_at < ?", Micros(s.Before))
	}
	text = "SELECT " + from + " WHERE " + strings.Join(where, " AND ") + " ORDER BY " + order + " LIMIT " + strconv.Itoa(s.Limit)
	return text, args
}
