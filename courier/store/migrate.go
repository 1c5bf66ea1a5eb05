package store

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step of the schema. Steps only go forward: a program meets
// its own schema or an older one, and refuses a newer one.
type migration struct {
	version int
	text    string
}

// readMigrations returns the steps in files, which must be numbered from 1
// without a gap: 0001_what_it_does.sql.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]migration, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("%s should be number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps[i] = migration{version: i + 1, text: string(text)}
	}
	return steps, nil
}

// migrate brings the schema up to the last step, in one transaction: two
// processes that start together wait for each other, and a failed step leaves
// the database as it was.
func migrate(steps []migration) op {
	return func(tx *statements) error {
		if err := tx.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT"); err != nil {
			return err
		}
		current := 0
		if _, err := tx.one("SELECT coalesce(max(version), 0) FROM schema_version", nil, &current); err != nil {
			return err
		}
		if current > len(steps) {
			return fmt.Errorf("the database has schema version %d and this program knows versions up to %d: "+
				"a newer whatsapp-courier has used it; start that version, or restore a backup made before", current, len(steps))
		}
		for _, step := range steps[current:] {
			if err := tx.exec(step.text); err != nil {
				return fmt.Errorf("migration %d: %w", step.version, err)
			}
			if err := tx.exec("INSERT INTO schema_version (version) VALUES (?)", step.version); err != nil {
				return err
			}
		}
		return nil
	}
}
