// Package filled fills a database with deliveries of the last month, for benchmarks:
// what a courier is like that has been at work for a while.
package filled

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// Month is over how long the deliveries are spread.
const Month = 30 * 24 * time.Hour

// Fill adds n deliveries, each with its attempt, to the migrated database in a file
// that no one else has open. One of a thousand is live, and due in an hour. They are
// spread over their indexes as real ones are; their numbers cannot be decrypted. key
// is the beginning of what the secret of their numbers seals. What is counted of them for
// the reports is to 20 countries, for two purposes and on both channels.
func Fill(ctx context.Context, file string, n int, key []byte, now time.Time) (err error) {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	began := now.Add(-Month)
	for _, step := range []struct {
		statement string
		values    []any
	}{
		{"PRAGMA cache_size = -1000000", nil}, // KiB
		{"BEGIN", nil},
		{deliveries, []any{began.UnixMicro(), int(Month/time.Microsecond) / n, n, key, now.Add(time.Hour).UnixMicro()}},
		{attempts, nil},
		{tallies, []any{began.UnixMicro(), began.UnixMicro(), now.UnixMicro(), n}},
		{reasons, nil},
		{"COMMIT", nil},
	} {
		if _, err := db.ExecContext(ctx, step.statement, step.values...); err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
	}
	return nil
}

// Count returns how many deliveries are in a file, which others may have open.
func Count(ctx context.Context, file string) (n int, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM deliveries").Scan(&n)
	return n, errors.Join(err, db.Close())
}

const deliveries = `
WITH RECURSIVE row (i, at) AS (SELECT 0, ? UNION ALL SELECT i + 1, at + ? FROM row WHERE i + 1 < ?)
INSERT INTO deliveries (
    id, version, template_type, purpose, phone_lookup, phone_sealed, asked, flow, identity, locales,
    state, reason, no_whatsapp, alert, repeats, accepted_at, expires_at, updated_at, ended_at, due_at)
SELECT unhex(printf('%012x7%03x8%015x', at / 1000, at % 1000, i)), 7, 'login_code_valid', 'login', randomblob(16), CAST(? || randomblob(52) AS BLOB), '', '', lower(hex(randomblob(16))), 'pt-BR,en',
    CASE WHEN i % 1000 = 0 THEN 'sent' WHEN i % 6 = 1 THEN 'read' WHEN i % 6 = 2 THEN 'failed' WHEN i % 6 = 3 THEN 'expired' ELSE 'delivered' END,
    '', '', '', 0, at, at + 300000000, at + 5000000, iif(i % 1000 = 0, NULL, at + 5000000), iif(i % 1000 = 0, ?, NULL)
FROM row`

const attempts = `
INSERT INTO attempts (
    delivery_id, n, channel, provider, provider_lookup, provider_tail, variant, receipts, known_as, state, class, code, reason,
    started_at, accepted_at, sent_at, delivered_at)
SELECT id, 1, 'whatsapp', 'meta', randomblob(16), '…QTNDQT', 'pt_BR', 1, '', 'delivered', '', '', '',
    accepted_at, accepted_at, accepted_at, updated_at
FROM deliveries`

const tallies = `
WITH RECURSIVE
    country (c) AS (SELECT 1 UNION ALL SELECT c + 1 FROM country WHERE c < 20),
    purposes (purpose) AS (VALUES ('login'), ('registration')),
    channels (channel) AS (VALUES (''), ('whatsapp'), ('sms')),
    spans (span, began) AS (
        SELECT 3600, ? / 3600000000 * 3600000000 UNION ALL
        SELECT 86400, ? / 86400000000 * 86400000000 UNION ALL
        SELECT span, began + span * 1000000 FROM spans WHERE began + span * 1000000 < ?),
    counted AS (SELECT span, began, 1 + ? * span / 2592000 / 40 AS n FROM spans)
INSERT INTO tallies
SELECT span, began, 0, 'C' || c, purpose, channel, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n
FROM counted, country, purposes, channels`

const reasons = `
INSERT INTO tally_reasons
SELECT span, began, shard, country, purpose, channel, 'failed', 'absent', failed FROM tallies`
