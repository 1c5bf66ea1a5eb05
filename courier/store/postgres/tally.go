package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// shards is over how many rows the replicas spread what they add to one tally: two that
// have the same one wait for each other's commits.
const shards = 16

// Tallies implements store.Database.
func (db *database) Tallies(ctx context.Context, s store.TallySearch) (all []courier.Tally, err error) {
	err = db.read.each(ctx, func(rows pgx.Rows) error {
		t, err := s.Scan(rows)
		all = append(all, t)
		return err
	}, s.Text, s.Args...)
	return all, err
}
