package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Probe implements store.Tx: it takes room as a new row does, and gives it back.
func (s *statements) Probe() error {
	if err := s.exec("INSERT INTO probe (room) VALUES (zeroblob(4096))"); err != nil {
		return err
	}
	return s.exec("DELETE FROM probe")
}

// Purge implements store.Database.
func (db *database) Purge(ctx context.Context, now time.Time, keep time.Duration, n int) (int, error) {
	// What has lapsed is searched for without holding up those who write.
	seen, err := db.lapsed(ctx, now, "SELECT fingerprint FROM seen WHERE until <= ? LIMIT ?", n)
	if err != nil {
		return 0, err
	}
	tokens, err := db.lapsed(ctx, now, "SELECT token_lookup FROM tokens WHERE until <= ? LIMIT ?", n)
	if err != nil {
		return 0, err
	}
	spent, err := db.lapsed(ctx, now, "SELECT subject, name, at, delivery_id FROM ledger WHERE until <= ? LIMIT ?", n)
	if err != nil {
		return 0, err
	}
	deliveries := 0
	err = db.write(ctx, func(tx *statements) error {
		// Ids sort by time, so the first ones are the oldest: no index is needed.
		ids, err := tx.ids(context.Background(), `
DELETE FROM deliveries
WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT ?) AND coalesce(ended_at, expires_at, accepted_at) < ?
RETURNING id`, n, store.Micros(now.Add(-keep)))
		if err != nil {
			return err
		}
		deliveries = len(ids)
		for text, args := range store.OldTallies(now) {
			if err := tx.exec(text, args...); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if err := tx.exec("DELETE FROM attempts WHERE delivery_id = ?", id[:]); err != nil {
				return err
			}
		}
		if err := tx.execEach("DELETE FROM seen WHERE fingerprint = ? AND until <= ?", seen); err != nil {
			return err
		}
		if err := tx.execEach("DELETE FROM tokens WHERE token_lookup = ? AND until <= ?", tokens); err != nil {
			return err
		}
		return tx.execEach("DELETE FROM ledger WHERE subject = ? AND name = ? AND at = ? AND delivery_id = ? AND until <= ?", spent)
	})
	if err != nil {
		return 0, err
	}
	return deliveries + len(seen) + len(tokens) + len(spent), nil
}

// lapsed returns the keys that a query finds to have lapsed by then, each
// followed by that instant: a key may have got a new life meanwhile.
func (db *database) lapsed(ctx context.Context, now time.Time, text string, n int) ([][]any, error) {
	var keys [][]any
	err := db.read.each(ctx, func(rows *sql.Rows) error {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		key, into := make([]any, len(columns)+1), make([]any, len(columns))
		for i := range into {
			into[i] = &key[i]
		}
		key[len(columns)] = store.Micros(now)
		keys = append(keys, key)
		return rows.Scan(into...)
	}, text, store.Micros(now), n)
	return keys, err
}
