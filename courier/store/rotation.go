package store

import (
	"context"
	"database/sql"
)

// OldKeys counts the deliveries that are sealed under another secret than the
// first of secrets.cipher. Once it is 0 the others may go.
//
// It looks at every row: a second for a million. An index for it would cost
// every accept more than one count in a while does.
func (s *SQLite) OldKeys(ctx context.Context) (n int, err error) {
	first := s.vault.keys[0].id
	// A number and its code are sealed together, so one tells of both.
	err = s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) },
		"SELECT count(*) FROM deliveries WHERE substr(phone_sealed, 1, ?) <> ?", len(first), first[:])
	return n, err
}
