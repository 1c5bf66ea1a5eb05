package postgres

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Version implements store.SaveTx.
func (s *statements) Version(id courier.ID) (version int64, found bool, err error) {
	found, err = s.one("SELECT version FROM deliveries WHERE id = ?", []any{id}, &version)
	return version, found, err
}

// Update implements store.SaveTx. It has a statement for either half of a life, as in
// SQLite; here it is so that what is live stays in its index.
func (s *statements) Update(d courier.Delivery) (bool, error) {
	text, args := " WHERE id = ? AND version = ? AND "+store.StillLive, store.UpdateValues(d)
	if d.State.Ended() {
		text = ", ended_at = ?, code_sealed = NULL WHERE id = ? AND version = ?"
		args = append(args, store.Micros(d.EndedAt))
	}
	changed, err := s.change("UPDATE deliveries SET version = version + 1, "+store.UpdateColumns+text, append(args, d.ID, d.Version)...)
	return changed == 1, err
}

// Attempt implements store.SaveTx.
func (s *statements) Attempt(id courier.ID, a courier.Attempt, lookup []byte) error {
	return s.exec(store.SaveAttempt(lookup), store.AttemptValues(id, a, lookup)...)
}
