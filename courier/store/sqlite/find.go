package sqlite

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Record implements store.Database.
func (db *database) Record(ctx context.Context, id courier.ID) (vault.Record, error) {
	return db.read.record(ctx, id)
}

// Find implements store.Database.
func (db *database) Find(ctx context.Context, s store.Search) ([]courier.ID, error) {
	text, args := s.SQL()
	return db.read.ids(ctx, text, args...)
}

// List implements store.Database.
func (db *database) List(ctx context.Context, p courier.Page) ([]vault.Record, error) {
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
	return db.read.records(ctx,
		store.SelectRecords+"d.id IN (SELECT id FROM "+table+" WHERE "+where+" ORDER BY id DESC LIMIT ?) ORDER BY d.id DESC, a.n",
		append(args, p.Limit)...)
}

// records reads what a statement made of store.SelectRecords answers, in its order.
func (s *statements) records(ctx context.Context, text string, args ...any) (all []vault.Record, err error) {
	err = s.each(ctx, func(rows *sql.Rows) (err error) {
		all, err = store.ScanRecord(rows, all)
		return err
	}, text, args...)
	return all, err
}

// record reads the delivery with this id.
func (s *statements) record(ctx context.Context, id courier.ID) (vault.Record, error) {
	all, err := s.records(ctx, store.SelectRecords+"d.id = ? ORDER BY a.n", id[:])
	if err != nil {
		return vault.Record{}, err
	}
	if len(all) == 0 {
		return vault.Record{}, courier.ErrNotFound
	}
	return all[0], nil
}
