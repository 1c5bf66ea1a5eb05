package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// OldKeys implements store.Database. It looks at every row.
func (db *database) OldKeys(ctx context.Context, first []byte) (n int, err error) {
	// A number and its code are sealed together, so one speaks for both.
	err = db.read.each(ctx, func(rows pgx.Rows) error { return rows.Scan(&n) },
		"SELECT count(*) FROM deliveries WHERE substr(phone_sealed, 1, ?::integer) <> ?", len(first), first)
	return n, err
}
