package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Probe implements store.Tx.
func (s *statements) Probe() error {
	if err := s.exec("INSERT INTO probe (room) VALUES (0)"); err != nil {
		return err
	}
	return s.exec("DELETE FROM probe")
}

// Purge implements store.Database. What others hold is left for the next time, so that
// neither waits for the other.
func (db *database) Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error) {
	removed := 0
	count := func(rows pgx.Rows) error {
		return scanAll(rows, func(rows pgx.Rows) error {
			var n int
			err := rows.Scan(&n)
			removed += n
			return err
		})
	}
	b := &pgx.Batch{}
	// Ids sort by time, so the first ones are the oldest: no index is needed.
	b.Queue(numbered(`
WITH old AS (
    SELECT id FROM deliveries
    WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT ?) AND coalesce(ended_at, expires_at, accepted_at) < ?
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM deliveries USING old WHERE deliveries.id = old.id RETURNING deliveries.id
), attempted AS (
    DELETE FROM attempts USING old WHERE delivery_id = old.id
)
SELECT count(*) FROM gone`), n, store.Micros(now.Add(-keep))).Query(count)
	for text, args := range store.OldTallies(now) {
		b.Queue(numbered(text), args...)
	}
	b.Queue(readWhole)
	for _, table := range []string{"seen", "tokens", "ledger"} {
		b.Queue(numbered(`
WITH gone AS (
    DELETE FROM `+table+` WHERE ctid = ANY (ARRAY(SELECT ctid FROM `+table+` WHERE until <= ? LIMIT ? FOR UPDATE SKIP LOCKED)) RETURNING 1
)
SELECT count(*) FROM gone`), store.Micros(now), n).Query(count)
	}
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil {
		return 0, told(err)
	}
	return removed, nil
}
