package store

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Migration is one step of a schema. Steps only go forward: a program meets its own
// schema or an older one, and refuses a newer one.
type Migration struct {
	// Version counts the steps from 1.
	Version int
	// Text is SQL, in the words of one engine.
	Text string
}

// ReadMigrations returns the steps in files, which must be numbered from 1 without a
// gap: migrations/0001_what_it_does.sql.
func ReadMigrations(files fs.FS) ([]Migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]Migration, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("%s should be number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps[i] = Migration{Version: i + 1, Text: string(text)}
	}
	return steps, nil
}

// Pending returns the steps that a database of this version lacks; 0 is an empty one.
func Pending(steps []Migration, version int) ([]Migration, error) {
	if version > len(steps) {
		return nil, fmt.Errorf("the database has schema version %d and this program knows versions up to %d: "+
			"a newer whatsapp-courier has used it; start that version, or restore a backup made before", version, len(steps))
	}
	return steps[version:], nil
}
