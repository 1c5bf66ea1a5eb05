package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Redate implements store.Database. How far the clock was ahead can be told by the
// latest event: everything moves back by as much, so that the distances stay.
func (db *database) Redate(ctx context.Context, now time.Time, ahead time.Duration) (changed int, err error) {
	b := &pgx.Batch{}
	count := func(tag pgconn.CommandTag) error {
		changed += int(tag.RowsAffected())
		return nil
	}
	b.Queue(numbered(`
UPDATE deliveries SET version = version + 1, due_at = ?
WHERE ended_at IS NULL AND due_at > ? AND (accepted_at > ? OR due_at > expires_at + ?)`),
		store.Micros(now), store.Micros(now), store.Micros(now.Add(ahead)), ahead.Microseconds()).Exec(count)
	b.Queue(readWhole)
	// All have left before the first comes back: one may take the place of another.
	b.Queue(numbered(`
WITH latest AS (
    SELECT max(at) - ?::bigint AS lead FROM ledger
), moved AS (
    DELETE FROM ledger USING latest WHERE lead > 0 AND at > ?::bigint - lead AND at > ?
    RETURNING subject, name, at - lead AS at, delivery_id, until - lead AS until
)
INSERT INTO ledger (subject, name, at, delivery_id, until)
SELECT DISTINCT ON (subject, name, at, delivery_id) subject, name, at, delivery_id, until FROM moved
ORDER BY subject, name, at, delivery_id
ON CONFLICT (subject, name, at, delivery_id) DO UPDATE SET until = excluded.until`),
		store.Micros(now.Add(ahead)), store.Micros(now.Add(ahead)), store.Micros(now)).Exec(count)
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil {
		return 0, told(err)
	}
	return changed, nil
}
