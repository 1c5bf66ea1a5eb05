package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Numbered implements store.Database.
func (db *database) Numbered(ctx context.Context, behind courier.ID, n int) (found []store.Over, err error) {
	err = db.read.each(ctx, func(rows *sql.Rows) error {
		var o store.Over
		err := rows.Scan(&o.ID, store.Instant{Into: &o.At})
		found = append(found, o)
		return err
	}, `
SELECT id, coalesce(ended_at, expires_at, accepted_at) FROM deliveries
WHERE id > ? AND phone_sealed IS NOT NULL ORDER BY id LIMIT ?`, behind[:], n)
	return found, err
}

// EraseNumber implements store.NumbersTx. The version is a new one, so that no one
// writes back what is remembered.
func (s *statements) EraseNumber(id courier.ID, none []byte) error {
	return errors.Join(
		s.exec("UPDATE deliveries SET version = version + 1, phone_sealed = NULL, phone_lookup = ? WHERE id = ?", none, id[:]),
		s.exec("UPDATE attempts SET known_as = '' WHERE delivery_id = ? AND known_as <> ''", id[:]))
}
