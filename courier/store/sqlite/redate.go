package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Redate implements store.Database. How far the clock was ahead can be told by the
// latest event: everything moves back by as much, so that the distances stay.
func (db *database) Redate(ctx context.Context, now time.Time, ahead time.Duration) (int, error) {
	// The search takes longer as the ledger grows, so it must not block writers.
	needed := false
	err := db.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&needed) }, `
SELECT EXISTS (SELECT 1 FROM deliveries WHERE ended_at IS NULL AND due_at > ?1 AND (accepted_at > ?2 OR due_at > expires_at + ?3))
    OR EXISTS (SELECT 1 FROM ledger WHERE at > ?2)`,
		store.Micros(now), store.Micros(now.Add(ahead)), ahead.Microseconds())
	if err != nil || !needed {
		return 0, err
	}
	changed := 0
	err = db.write(ctx, func(tx *statements) error {
		due, err := tx.change(`
UPDATE deliveries SET version = version + 1, due_at = ?1
WHERE ended_at IS NULL AND due_at > ?1 AND (accepted_at > ?2 OR due_at > expires_at + ?3)`,
			store.Micros(now), store.Micros(now.Add(ahead)), ahead.Microseconds())
		if err != nil {
			return err
		}
		moved, err := tx.change(`
UPDATE OR REPLACE ledger SET at = at - latest.lead, until = until - latest.lead
FROM (SELECT max(at) - ?1 AS lead FROM ledger) AS latest
WHERE latest.lead > 0 AND at > ?1 - latest.lead AND at > ?2`,
			store.Micros(now.Add(ahead)), store.Micros(now))
		changed = due + moved
		return err
	})
	if err != nil {
		return 0, err // changed may still be written to
	}
	return changed, nil
}
