package sqlite

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Claim implements store.Database.
func (db *database) Claim(ctx context.Context, now, until time.Time, n int) ([]vault.Record, error) {
	var claimed []vault.Record
	err := db.write(ctx, func(tx *statements) error {
		claimed = nil // a repeated run starts over
		ids, err := tx.ids(context.Background(), `
UPDATE deliveries SET version = version + 1, due_at = ?
WHERE id IN (SELECT id FROM deliveries WHERE due_at <= ? AND ended_at IS NULL ORDER BY due_at LIMIT ?)
RETURNING id`,
			store.Micros(until), store.Micros(now), n)
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := tx.Record(id)
			if err != nil {
				return err
			}
			claimed = append(claimed, r)
		}
		return nil
	})
	if err != nil {
		return nil, err // claimed may still be written to
	}
	return claimed, nil
}
