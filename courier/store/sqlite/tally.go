package sqlite

import (
	"context"
	"database/sql"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Tallies implements store.Database.
func (db *database) Tallies(ctx context.Context, s store.TallySearch) (all []courier.Tally, err error) {
	read := func(text string, scan func(store.Scanner) (courier.Tally, error)) error {
		return db.read.each(ctx, func(rows *sql.Rows) error {
			t, err := scan(rows)
			all = append(all, t)
			return err
		}, text, s.Args...)
	}
	if err := read(s.Counts, store.ScanCounts); err != nil {
		return nil, err
	}
	return all, read(s.Reasons, store.ScanReasons)
}
