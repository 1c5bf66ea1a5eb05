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

// removedAtOnce is how many deliveries one transaction removes at most: each is in several
// indexes, on pages of its own, and a code that comes in meanwhile waits for all of them.
const removedAtOnce = 40

// Purge implements store.Database.
func (db *database) Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error) {
	err := db.write(ctx, func(tx *statements) error {
		for text, args := range store.OldTallies(now) {
			if err := tx.exec(text, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	removed, err := db.purgeDeliveries(ctx, now.Add(-keep), n)
	if err != nil {
		return removed, err
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

// purgeDeliveries removes up to n that ended before an instant.
func (db *database) purgeDeliveries(ctx context.Context, before time.Time, n int) (removed int, err error) {
	for removed < n {
		part, atMost := 0, min(n-removed, removedAtOnce)
		err := db.write(ctx, func(tx *statements) (err error) {
			part, err = removeOldest(tx, before, atMost)
			return err
		})
		if err != nil {
			return removed, err
		}
		if removed += part; part < atMost {
			break
		}
	}
	return removed, nil
}

// removeOldest is one transaction of it.
func removeOldest(tx *statements, before time.Time, n int) (int, error) {
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
