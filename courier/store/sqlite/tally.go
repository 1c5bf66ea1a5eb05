package sqlite

import (
	"context"
	"database/sql"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Tallies implements store.Database.
func (db *database) Tallies(ctx context.Context, s store.TallySearch) (all []courier.Tally, err error) {
	err = db.read.each(ctx, func(rows *sql.Rows) error {
		t, err := s.Scan(rows)
		all = append(all, t)
		return err
	}, s.Text, s.Args...)
	return all, err
}
