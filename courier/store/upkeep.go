package store

import (
	"context"
	"fmt"
	"time"
)

// readyWithin bounds how long Ready waits for the disk.
const readyWithin = 2 * time.Second

// Ready proves by a real commit that deliveries can be stored: it takes room
// as a new row does, and gives it back. It answers within two seconds.
func (s *SQLite) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("the disk did not answer within %s", readyWithin))
	defer cancel()
	return s.write(ctx, func(tx *statements) error {
		if err := tx.exec("INSERT INTO probe (room) VALUES (zeroblob(4096))"); err != nil {
			return err
		}
		return tx.exec("DELETE FROM probe")
	})
}

// Purge removes at most n deliveries that ended before an instant (or whose
// code's life did, if nothing ended them), and as many entries each of what
// counts no more for repeats and for quotas. It returns how many rows it
// removed: call it until that is zero. A few hundred at a time keep other
// callers' waits short.
func (s *SQLite) Purge(ctx context.Context, before time.Time, n int) (int, error) {
	removed := 0
	err := s.write(ctx, func(tx *statements) error {
		removed = 0 // a repeated run starts over
		// Ids sort by time, so the first ones are the oldest: no index is needed.
		ids, err := tx.ids(context.Background(), `
DELETE FROM deliveries
WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT ?) AND coalesce(ended_at, expires_at, accepted_at) < ?
RETURNING id`, max(n, 0), micros(before))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := tx.exec("DELETE FROM attempts WHERE delivery_id = ?", id[:]); err != nil {
				return err
			}
		}
		removed += len(ids)
		for _, text := range []string{
			"DELETE FROM seen WHERE fingerprint IN (SELECT fingerprint FROM seen WHERE until <= ? ORDER BY until LIMIT ?)",
			"DELETE FROM ledger WHERE (subject, name, at, delivery_id) IN (SELECT subject, name, at, delivery_id FROM ledger WHERE until <= ? ORDER BY until LIMIT ?)",
		} {
			lapsed, err := tx.change(text, micros(s.now()), max(n, 0))
			if err != nil {
				return err
			}
			removed += lapsed
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
