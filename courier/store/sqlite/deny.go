package sqlite

import (
	"context"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Deny implements courier.Denials.
func (s *Store) Deny(ctx context.Context, p courier.Phone, at time.Time) error {
	lookup, masked := s.vault.PhoneLookup(p), p.Masked()
	return s.write(ctx, func(tx *statements) error {
		return tx.exec("INSERT INTO denied (phone_lookup, masked, at) VALUES (?, ?, ?) ON CONFLICT (phone_lookup) DO NOTHING",
			lookup, masked, micros(at))
	})
}

// Allow implements courier.Denials.
func (s *Store) Allow(ctx context.Context, p courier.Phone) error {
	lookup := s.vault.PhoneLookup(p)
	return s.write(ctx, func(tx *statements) error {
		return tx.exec("DELETE FROM denied WHERE phone_lookup = ?", lookup)
	})
}
