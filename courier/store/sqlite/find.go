package sqlite

import (
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

// engine knows that the planner knows nothing of how many are live: it would look
// through all deliveries.
func engine() store.Engine {
	return store.Engine{ID: func(id courier.ID) any { return id[:] }, Live: "deliveries INDEXED BY deliveries_live"}
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
	return only(s.records(ctx, store.SelectRecords+"d.id = ? ORDER BY a.n", id[:]))
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
