package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

var _ store.Shared = (*Store)(nil)

// clockText is the database's clock in microseconds since 1970.
const clockText = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

// Beat implements store.Shared. Two replicas that take each other for dead, after an
// outage of the database, do not wait for each other.
func (s *Store) Beat(ctx context.Context, r courier.Replica, alive time.Duration) (live []courier.Replica, err error) {
	err = s.db.read.each(ctx, func(rows pgx.Rows) error {
		var r courier.Replica
		err := rows.Scan(&r.ID, &r.Serves, &r.Version, &r.SealsBy, store.Instant{Into: &r.Started}, store.Instant{Into: &r.Beat}, store.Instant{Into: &r.LastReport})
		live = append(live, r)
		return err
	}, `
WITH present AS (
    SELECT `+clockText+` AS at
), beat AS (
    INSERT INTO replicas (id, serves, version, seals_by, started_at, beat_at, last_report_at)
    SELECT ?::uuid, ?::text, ?::text, ?::text, at, at, ?::bigint FROM present
    ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at, last_report_at = excluded.last_report_at
    RETURNING *
), gone AS (
    DELETE FROM replicas WHERE id IN (
        SELECT id FROM replicas, present WHERE id <> ? AND beat_at <= at - ? FOR UPDATE OF replicas SKIP LOCKED)
)
SELECT id, serves, version, seals_by, started_at, beat_at, last_report_at FROM beat
UNION ALL
SELECT id, serves, version, seals_by, started_at, beat_at, last_report_at FROM replicas, present WHERE id <> ? AND beat_at > at - ?
ORDER BY started_at, id`,
		r.ID, string(r.Serves), r.Version, s.SealsBy(), store.Micros(r.LastReport), r.ID, alive.Microseconds(), r.ID, alive.Microseconds())
	return live, err
}

// Lead implements store.Shared.
func (s *Store) Lead(ctx context.Context, id courier.ID, task string, lease time.Duration) (leads bool, err error) {
	err = s.db.read.each(ctx, func(rows pgx.Rows) error { return rows.Scan(&leads) }, `
INSERT INTO leads (task, holder, until) VALUES (?, ?, `+clockText+` + ?)
ON CONFLICT (task) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leads.holder = excluded.holder OR leads.until <= `+clockText+`
RETURNING true`, task, id, lease.Microseconds())
	return leads, err
}

// Leave implements store.Shared.
func (s *Store) Leave(ctx context.Context, id courier.ID) error {
	return s.db.read.each(ctx, func(pgx.Rows) error { return nil }, "DELETE FROM replicas WHERE id = ?", id)
}

// Resign implements store.Shared.
func (s *Store) Resign(ctx context.Context, id courier.ID, task string) error {
	return s.db.read.each(ctx, func(pgx.Rows) error { return nil }, "DELETE FROM leads WHERE holder = ? AND task = ?", id, task)
}
