package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Backlog implements courier.Reader.
func (s *Store) Backlog(ctx context.Context, now time.Time) (courier.Backlog, error) {
	var b courier.Backlog
	var oldest sql.NullInt64
	err := s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&b.Live, &oldest) }, `
SELECT count(*), min(due_at) FILTER (WHERE due_at <= ?) FROM deliveries WHERE ended_at IS NULL`, micros(now))
	if err == nil && oldest.Valid {
		b.OldestDue = time.UnixMicro(oldest.Int64).UTC()
	}
	return b, err
}
