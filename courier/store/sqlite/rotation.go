package sqlite

import (
	"context"
	"database/sql"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// OldKeys implements store.Database. An index for it would cost every accept more than one
// count in a while does.
func (db *database) OldKeys(ctx context.Context, first []byte, behind courier.ID, n int) (old int, last courier.ID, err error) {
	// A number and its code are sealed together, so one speaks for both.
	err = db.read.each(ctx, func(rows *sql.Rows) error {
		var seen int
		var highest []byte
		err := rows.Scan(&old, &seen, &highest)
		if seen == n {
			copy(last[:], highest)
		}
		return err
	}, `
SELECT count(*) FILTER (WHERE substr(phone_sealed, 1, ?) <> ?), count(*), max(id)
FROM (SELECT id, phone_sealed FROM deliveries WHERE id > ? ORDER BY id LIMIT ?)`, len(first), first, behind[:], n)
	return old, last, err
}
