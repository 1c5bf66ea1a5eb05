package sqlite

import (
	"embed"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to the last step, in one transaction: two
// processes that start together wait for each other, and a failed step leaves
// the database as it was.
func migrate(steps []store.Migration) op {
	return func(tx *statements) error {
		if err := tx.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT"); err != nil {
			return err
		}
		current := 0
		if _, err := tx.one("SELECT coalesce(max(version), 0) FROM schema_version", nil, &current); err != nil {
			return err
		}
		pending, err := store.Pending(steps, current)
		if err != nil {
			return err
		}
		for _, step := range pending {
			if err := tx.exec(step.Text); err != nil {
				return fmt.Errorf("migration %d: %w", step.Version, err)
			}
			if err := tx.exec("INSERT INTO schema_version (version) VALUES (?)", step.Version); err != nil {
				return err
			}
		}
		return nil
	}
}
