package postgres

import (
	"context"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

const recordText = store.SelectRecords + "d.id = ? ORDER BY a.n"

// Record implements store.Database.
func (db *database) Record(ctx context.Context, id courier.ID) (vault.Record, error) {
	return only(db.read.records(ctx, recordText, id))
}

// Find implements store.Database.
func (db *database) Find(ctx context.Context, s store.Search) ([]courier.ID, error) {
	text, args := s.SQL()
	return db.read.ids(ctx, text, args...)
}

// List implements store.Database.
func (db *database) List(ctx context.Context, p courier.Page) ([]vault.Record, error) {
	where, args := "true", []any(nil)
	if p.Before != (courier.ID{}) {
		where, args = "id < ?", []any{p.Before}
	}
	switch {
	case p.State.Ended():
		where, args = where+" AND state = ? AND ended_at IS NOT NULL", append(args, p.State)
	case p.State != "":
		where, args = where+" AND state = ? AND ended_at IS NULL", append(args, p.State)
	}
	return db.read.records(ctx,
		store.SelectRecords+"d.id IN (SELECT id FROM deliveries WHERE "+where+" ORDER BY id DESC LIMIT ?) ORDER BY d.id DESC, a.n",
		append(args, p.Limit)...)
}

// only is the one delivery of an answer, or courier.ErrNotFound.
func only(all []vault.Record, err error) (vault.Record, error) {
	if err != nil {
		return vault.Record{}, err
	}
	if len(all) == 0 {
		return vault.Record{}, courier.ErrNotFound
	}
	return all[0], nil
}
