package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

var _ courier.Denials = (*SQLite)(nil)

// Deny implements courier.Denials.
func (s *SQLite) Deny(ctx context.Context, p courier.Phone, at time.Time) error {
	lookup, masked := s.vault.lookup(byPhone, p.E164()), p.Masked()
	return s.write(ctx, func(tx *statements) error {
		return tx.exec("INSERT INTO denied (phone_lookup, masked, at) VALUES (?, ?, ?) ON CONFLICT (phone_lookup) DO NOTHING",
			lookup, masked, micros(at))
	})
}

// Allow implements courier.Denials.
func (s *SQLite) Allow(ctx context.Context, p courier.Phone) error {
	lookup := s.vault.lookup(byPhone, p.E164())
	return s.write(ctx, func(tx *statements) error {
		return tx.exec("DELETE FROM denied WHERE phone_lookup = ?", lookup)
	})
}

// OldKeys counts the deliveries whose number or code is sealed under another
// secret than the first of secrets.cipher. Once it is 0 the others may go.
func (s *SQLite) OldKeys(ctx context.Context) (n int, err error) {
	first := s.vault.keys[0].id
	err = s.read.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) }, `
SELECT count(*) FROM deliveries
WHERE substr(phone_sealed, 1, ?) <> ? OR substr(code_sealed, 1, ?) <> ?`,
		len(first), first[:], len(first), first[:])
	return n, err
}
