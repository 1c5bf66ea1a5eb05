package postgres

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Deny implements store.DenialsTx.
func (s *statements) Deny(phone []byte, masked string, at time.Time) error {
	return s.exec("INSERT INTO denied (phone_lookup, masked, at) VALUES (?, ?, ?) ON CONFLICT (phone_lookup) DO NOTHING",
		phone, masked, store.Micros(at))
}

// Allow implements store.DenialsTx.
func (s *statements) Allow(phone []byte) error {
	return s.exec("DELETE FROM denied WHERE phone_lookup = ?", phone)
}
