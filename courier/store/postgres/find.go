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

func engine() store.Engine {
	return store.Engine{ID: func(id courier.ID) any { return id }, Live: "deliveries"}
}

// List implements store.Database.
func (db *database) List(ctx context.Context, l store.Listing) ([]vault.Record, error) {
	text, args := l.SQL(engine())
	return db.read.records(ctx, text, args...)
}

// Lowest implements store.Database.
func (db *database) Lowest(ctx context.Context, l store.Listing, n int) (courier.ID, error) {
	text, args := l.LowestSQL(engine(), n)
	ids, err := db.read.ids(ctx, text, args...)
	if err != nil || len(ids) == 0 {
		return courier.ID{}, err
	}
	return ids[0], nil
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
