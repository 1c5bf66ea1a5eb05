package postgres

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// Claim implements store.Database. It is one statement, a transaction of its own, and
// does not wait: what others hold is skipped. If its answer is lost, its leases end
// by themselves.
func (db *database) Claim(ctx context.Context, now, until time.Time, n int) ([]vault.Record, error) {
	return db.read.records(ctx, `
WITH due AS (
    SELECT id, due_at AS since FROM deliveries WHERE due_at <= ? AND ended_at IS NULL
    ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED
), d AS (
    UPDATE deliveries SET version = version + 1, due_at = ? FROM due WHERE deliveries.id = due.id RETURNING deliveries.*, since
)
SELECT`+store.RecordColumns+`
FROM d LEFT JOIN attempts a ON a.delivery_id = d.id ORDER BY d.since, d.id, a.n`,
		store.Micros(now), n, store.Micros(until))
}
