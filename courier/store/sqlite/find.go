package sqlite

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Load implements courier.Store.
func (s *Store) Load(ctx context.Context, id courier.ID) (courier.Delivery, error) {
	r, err := one(ctx, s.read, id)
	if err != nil {
		return courier.Delivery{}, err
	}
	return s.vault.OpenDelivery(r)
}

// Peek implements courier.Reader.
func (s *Store) Peek(ctx context.Context, id courier.ID) (courier.Delivery, error) {
	r, err := one(ctx, s.read, id)
	if err != nil {
		return courier.Delivery{}, err
	}
	return s.vault.Show(r), nil
}

// Find implements courier.Store. Newest means accepted last; ids tell that as
// well.
func (s *Store) Find(ctx context.Context, q courier.Query) ([]courier.ID, error) {
	var (
		from  = "d.id FROM deliveries d"
		order = "d.accepted_at DESC, d.id DESC"
		where []string
		args  []any
	)
	narrow := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.ProviderID != "" {
		// The index holds the ids of those with one provider id in their order, so
		// the newest is found at once, however many there are.
		from = "DISTINCT a.delivery_id FROM attempts a JOIN deliveries d ON d.id = a.delivery_id"
		order = "a.delivery_id DESC"
		narrow("a.provider_lookup = ?", s.vault.ProviderLookup(q.Provider, q.ProviderID))
	}
	if q.Identity != "" {
		// The second half is what makes the partial index apply.
		narrow("d.identity = ? AND d.identity <> ''", q.Identity)
	}
	if !q.To.IsZero() {
		narrow("d.phone_lookup = ?", s.vault.PhoneLookup(q.To))
	}
	if len(where) == 0 {
		return nil, errors.New("a query needs an identity, a number or a provider's message id")
	}
	if q.Live {
		narrow("d.ended_at IS NULL")
	}
	if !q.Since.IsZero() {
		narrow("d.accepted_at >= ?", micros(q.Since))
	}
	if !q.Before.IsZero() {
		narrow("d.accepted_at < ?", micros(q.Before))
	}
	return s.read.ids(ctx,
		"SELECT "+from+" WHERE "+strings.Join(where, " AND ")+" ORDER BY "+order+" LIMIT ?",
		append(args, store.Limit(q.Limit))...)
}

// List implements courier.Reader. Newest means by id.
func (s *Store) List(ctx context.Context, p courier.Page) ([]courier.Delivery, error) {
	before := p.Before
	if before == (courier.ID{}) {
		before = courier.ID(bytes.Repeat([]byte{0xff}, len(before)))
	}
	table, where, args := "deliveries", "id < ?", []any{before[:]}
	switch {
	case p.State.Ended():
		where, args = where+" AND state = ? AND ended_at IS NOT NULL", append(args, p.State)
	case p.State != "":
		// The few live ones are looked through; the planner, which does not know
		// that they are few, would look through all deliveries.
		table = "deliveries INDEXED BY deliveries_live"
		where, args = where+" AND state = ? AND ended_at IS NULL", append(args, p.State)
	}
	all, err := records(ctx, s.read,
		selectRecords+"d.id IN (SELECT id FROM "+table+" WHERE "+where+" ORDER BY id DESC LIMIT ?) ORDER BY d.id DESC, a.n",
		append(args, store.Limit(p.Limit))...)
	if err != nil {
		return nil, err
	}
	page := make([]courier.Delivery, len(all))
	for i, r := range all {
		page[i] = s.vault.Show(r)
	}
	return page, nil
}
