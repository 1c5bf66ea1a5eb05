package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// OldKeys implements store.Database.
func (db *database) OldKeys(ctx context.Context, first []byte, behind courier.ID, n int) (old int, last courier.ID, err error) {
	seen := 0
	// A number and its code are sealed together, so one speaks for both.
	err = db.read.each(ctx, func(rows pgx.Rows) error {
		var former bool
		err := rows.Scan(&last, &former)
		if seen++; former {
			old++
		}
		return err
	}, "SELECT id, coalesce(substr(phone_sealed, 1, ?::integer) <> ?, false) FROM deliveries WHERE id > ? ORDER BY id LIMIT ?", len(first), first, behind, n)
	if seen < n {
		last = courier.ID{}
	}
	return old, last, err
}
