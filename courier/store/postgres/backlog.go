package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Backlog implements store.Database.
func (db *database) Backlog(ctx context.Context, now time.Time) (b courier.Backlog, err error) {
	err = db.read.each(ctx, func(rows pgx.Rows) error { return rows.Scan(&b.Live, &b.Due, store.Instant{Into: &b.OldestDue}) }, `
SELECT count(*), count(*) FILTER (WHERE due_at <= ?), min(due_at) FILTER (WHERE due_at <= ?)
FROM deliveries WHERE ended_at IS NULL`, store.Micros(now), store.Micros(now))
	return b, err
}
