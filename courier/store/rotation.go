package store

import (
	"context"
	"database/sql"
)

// OldSecretsInUse reports whether deliveries are sealed under a secret of
// secrets.cipher that is not the first. Once it is false those secrets may go.
//
// The oldest deliveries are purged first and were sealed first, so while there
// is one under an old secret it is soon found. Only the proof that none is left
// takes a look at all rows, half a second a million. It is kept: this process
// seals under the first secret alone, and so must others on the same file.
func (s *SQLite) OldSecretsInUse(ctx context.Context) (bool, error) {
	if s.rotated.Load() {
		return false, nil
	}
	for _, k := range s.vault.keys[1:] {
		// A number and its code are sealed together, so one tells of both.
		found := false
		err := s.read.each(ctx, func(*sql.Rows) error {
			found = true
			return nil
		}, "SELECT 1 FROM deliveries WHERE substr(phone_sealed, 1, ?) = ? LIMIT 1", len(k.id), k.id[:])
		if err != nil || found {
			return found, err
		}
	}
	s.rotated.Store(true)
	return false, nil
}
