package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// lapsedAtOnce is how many rows of each table one search finds.
const lapsedAtOnce = 20_000

// lapsed are rows that count for nothing any more and are not removed yet. There is no
// index of when rows lapse, since each message would pay for it: a search looks at whole
// tables, and what it found is removed by and by.
type lapsed struct {
	mu    sync.Mutex
	found []deletion
}

// deletion is a statement that removes a row if it has lapsed.
type deletion struct {
	text string
	args []any
}

// next takes n rows out. When there are none it searches.
func (l *lapsed) next(n int, search func() ([]deletion, error)) (taken []deletion, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.found) == 0 {
		if l.found, err = search(); err != nil {
			return nil, err
		}
	}
	n = min(n, len(l.found))
	taken, l.found = l.found[:n], l.found[n:]
	return taken, nil
}

// searchLapsed searches without holding up those who write. A row may get a new life
// before it is removed: a deletion looks again.
func (db *database) searchLapsed(ctx context.Context, now time.Time) (all []deletion, err error) {
	for _, table := range []struct{ name, key, match string }{
		{"seen", "fingerprint", "fingerprint = ?"},
		{"tokens", "token_lookup", "token_lookup = ?"},
		{"ledger", "subject, name, at, delivery_id", "subject = ? AND name = ? AND at = ? AND delivery_id = ?"},
	} {
		remove := "DELETE FROM " + table.name + " WHERE " + table.match + " AND until <= ?"
		err := db.read.each(ctx, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			args, into := make([]any, len(columns)+1), make([]any, len(columns))
			for i := range into {
				into[i] = &args[i]
			}
			args[len(columns)] = store.Micros(now)
			all = append(all, deletion{remove, args})
			return rows.Scan(into...)
		}, "SELECT "+table.key+" FROM "+table.name+" WHERE until <= ? LIMIT ?", store.Micros(now), lapsedAtOnce)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
