package sqlite

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Version implements store.SaveTx.
func (s *statements) Version(id courier.ID) (version int64, found bool, err error) {
	found, err = s.one("SELECT version FROM deliveries WHERE id = ?", []any{id[:]}, &version)
	return version, found, err
}

// There is a statement for either half of a life, because SQLite rewrites the indexes
// of every column that a statement names.
const (
	update     = "UPDATE deliveries SET version = version + 1, " + store.UpdateColumns
	updateLive = update + ", room = " + roomLeft + " WHERE id = ? AND version = ? AND ended_at IS NULL"
	updateEnd  = update + ", ended_at = ?, code_sealed = NULL, room = NULL WHERE id = ? AND version = ?"
)

// A row whose code lives never grows: it is made with room for the reasons that it may
// get, and for the bytes that a greater number takes. SQLite changes such a row where it
// is; else it moves the rows around it, and leaves copies of their codes behind that are
// not overwritten. The numbers are those of UpdateColumns.
const (
	roomAtFirst = "64"
	roomLeft    = "zeroblob(max(0, 48 - length(?2) - length(?3) - length(?4) - length(?5)))"
)

// Update implements store.SaveTx.
func (s *statements) Update(d courier.Delivery) (bool, error) {
	text, args := updateLive, store.UpdateValues(d)
	if d.State.Ended() {
		text, args = updateEnd, append(args, store.Micros(d.EndedAt))
	}
	changed, err := s.change(text, append(args, d.ID[:], d.Version)...)
	return changed == 1, err
}

// Attempt implements store.SaveTx.
func (s *statements) Attempt(id courier.ID, a courier.Attempt, lookup []byte) error {
	return s.exec(store.SaveAttempt(lookup), store.AttemptValues(id, a, lookup)...)
}
