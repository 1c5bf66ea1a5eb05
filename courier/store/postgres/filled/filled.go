// Package filled fills a PostgreSQL database with deliveries of the last month, for
// benchmarks: what a courier is like that has been at work for a while.
package filled

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Month is over how long the deliveries are spread.
const Month = 30 * 24 * time.Hour

// Fill adds n deliveries that have ended, each with its attempt, to the tables in the
// database of a dsn. They are spread over their indexes as real ones are; their numbers
// cannot be decrypted. What is counted of them for the reports is to 20 countries, for two
// purposes and on both channels, as two replicas count it.
func Fill(ctx context.Context, dsn string, n int, now time.Time) (err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	began := now.Add(-Month)
	for _, step := range []struct {
		statement string
		values    []any
	}{
		{deliveries, []any{began.UnixMicro(), Month.Microseconds() / int64(n), n}},
		{attempts, nil},
		{tallies, []any{began.UnixMicro(), now.UnixMicro(), n}},
		{reasons, nil},
		{"VACUUM ANALYZE deliveries", nil},
		{"VACUUM ANALYZE attempts", nil},
		{"VACUUM ANALYZE tallies", nil},
		{"VACUUM ANALYZE tally_reasons", nil},
	} {
		if _, err := conn.Exec(ctx, step.statement, step.values...); err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
	}
	return nil
}

// Count returns how many deliveries there are.
func Count(ctx context.Context, dsn string) (n int, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT count(*) FROM deliveries").Scan(&n)
	return n, errors.Join(err, conn.Close(ctx))
}

const deliveries = `
INSERT INTO deliveries (
    id, version, template_type, purpose, phone_lookup, phone_sealed, asked, flow, identity, locales,
    state, reason, no_whatsapp, no_sms, alert, repeats, accepted_at, expires_at, updated_at, ended_at)
SELECT (lpad(to_hex(at / 1000), 12, '0') || '7' || lpad(to_hex(at % 1000), 3, '0') || '8' || lpad(to_hex(i), 15, '0'))::uuid,
    7, 'login_code_valid', 'login', decode(md5('phone' || i), 'hex'), decode(md5('sealed' || i) || md5('more' || i), 'hex'), '', '', md5('identity' || i), 'pt-BR,en',
    (ARRAY['delivered', 'read', 'failed', 'expired', 'delivered', 'delivered'])[i % 6 + 1],
    '', '', '', '', 0, at, at + 300000000, at + 5000000, at + 5000000
FROM (SELECT i, $1::bigint + i * $2::bigint AS at FROM generate_series(0::bigint, $3::bigint - 1) AS i) AS row`

const attempts = `
INSERT INTO attempts (
    delivery_id, n, channel, provider, provider_lookup, provider_tail, variant, receipts, known_as, state, class, code, reason,
    started_at, accepted_at, sent_at, delivered_at)
SELECT id, 1, 'whatsapp', 'meta', decode(md5('wamid' || id), 'hex'), '…QTNDQT', 'pt_BR', true, '', 'delivered', '', '', '',
    accepted_at, accepted_at, accepted_at, updated_at
FROM deliveries`

const tallies = `
INSERT INTO tallies
SELECT span, began, shard, 'C' || country, purpose, channel, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n
FROM (VALUES (3600::bigint), (86400)) AS spans (span),
    LATERAL generate_series($1::bigint / (span * 1000000) * span * 1000000, $2::bigint, span * 1000000) AS began,
    LATERAL (SELECT 1 + $3::bigint * span / 2592000 / 80 AS n) AS counted,
    generate_series(1, 2) AS shard, generate_series(1, 20) AS country,
    (VALUES ('login'), ('registration')) AS purposes (purpose), (VALUES (''), ('whatsapp'), ('sms')) AS channels (channel)`

const reasons = `
INSERT INTO tally_reasons
SELECT span, began, shard, country, purpose, channel, 'failed', 'absent', failed FROM tallies`
