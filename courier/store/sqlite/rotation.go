package sqlite

import (
	"context"
	"database/sql"
)

// OldKeys implements store.Upkeep. It looks at every row: a second for a million. An index for it would cost
// every accept more than one count in a while does.
func (s *Store) OldKeys(ctx context.Context) (n int, err error) {
	first := s.vault.FirstKey()
	// A number and its code are sealed together, so one speaks for both.
	err = s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) },
		"SELECT count(*) FROM deliveries WHERE substr(phone_sealed, 1, ?) <> ?", len(first), first)
	return n, err
}
