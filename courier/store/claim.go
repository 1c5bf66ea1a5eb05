package store

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Claim implements courier.Store. The version of what it returns is a new one,
// so that a former owner that is merely slow gets ErrConflict.
//
// Deliveries that cannot be decrypted are put off like the others and left out;
// the error names them. The rest is returned beside that error, and must be
// handled: one lost key must not hold up everybody.
func (s *SQLite) Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]courier.Delivery, error) {
	var claimed []record
	err := s.write(ctx, func(tx *statements) error {
		claimed = nil // a repeated run starts over
		ids, err := tx.ids(context.Background(), `
UPDATE deliveries SET version = version + 1, due_at = ?
WHERE id IN (SELECT id FROM deliveries WHERE due_at <= ? AND ended_at IS NULL ORDER BY due_at LIMIT ?)
RETURNING id`,
			micros(now.Add(lease)), micros(now), max(n, 0))
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := one(context.Background(), tx, id)
			if err != nil {
				return err
			}
			claimed = append(claimed, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.vault.unsealAll(claimed)
}
