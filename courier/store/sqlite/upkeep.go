package sqlite

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Probe implements store.Tx: it takes room as a new row does, and gives it back.
func (s *statements) Probe() error {
	if err := s.exec("INSERT INTO probe (room) VALUES (zeroblob(4096))"); err != nil {
		return err
	}
	return s.exec("DELETE FROM probe")
}

// Purge implements store.Database.
func (db *database) Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error) {
	removed := 0
	err := db.write(ctx, func(tx *statements) (err error) {
		for text, args := range store.OldTallies(now) {
			if err := tx.exec(text, args...); err != nil {
				return err
			}
		}
		removed, err = purgeDeliveries(tx, now.Add(-keep), n)
		return err
	})
	if err != nil {
		return 0, err
	}
	lapsed, err := db.lapsed.next(n, func() ([]deletion, error) {
		if removed == n {
			return nil, nil // there may be more deliveries, which are found without a search
		}
		return db.searchLapsed(ctx, now)
	})
	if err != nil || len(lapsed) == 0 {
		return removed, err
	}
	err = db.write(ctx, func(tx *statements) error {
		for _, d := range lapsed {
			if err := tx.exec(d.text, d.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return removed, err
	}
	return removed + len(lapsed), nil
}

// purgeDeliveries removes some that ended before an instant.
func purgeDeliveries(tx *statements, before time.Time, n int) (int, error) {
	// Ids sort by time, so the first ones are the oldest: no index is needed.
	ids, err := tx.ids(context.Background(), `
DELETE FROM deliveries
WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT ?) AND coalesce(ended_at, expires_at, accepted_at) < ?
RETURNING id`, n, store.Micros(before))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := tx.exec("DELETE FROM attempts WHERE delivery_id = ?", id[:]); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
