package store

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func version(t *testing.T, s *SQLite) (version, steps int) {
	t.Helper()
	row := s.readers.QueryRowContext(t.Context(), "SELECT max(version), count(*) FROM schema_version")
	require.NoError(t, row.Scan(&version, &steps))
	return version, steps
}

func TestMigratesOnceFromEmpty(t *testing.T) {
	t.Parallel()
	steps, err := readMigrations(migrations)
	require.NoError(t, err)
	dsn := temporary(t)
	for range 2 {
		s, err := Open(t.Context(), dsn, secrets())
		require.NoError(t, err)
		at, n := version(t, s)
		require.Equal(t, len(steps), at)
		require.Equal(t, len(steps), n)
		require.NoError(t, s.Close())
	}
}

func TestMigratesForward(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	steps, err := readMigrations(migrations)
	require.NoError(t, err)
	next := migration{version: len(steps) + 1, text: "CREATE TABLE next (a INTEGER) STRICT; INSERT INTO next (a) VALUES (7);"}
	require.NoError(t, s.write(t.Context(), migrate(append(steps, next))))
	var a int
	require.NoError(t, s.readers.QueryRowContext(t.Context(), "SELECT a FROM next").Scan(&a))
	require.Equal(t, 7, a)

	broken := migration{version: next.version + 1, text: "CREATE TABLE half (a INTEGER) STRICT; CREATE TABLE next (a INTEGER) STRICT;"}
	require.ErrorContains(t, s.write(t.Context(), migrate(append(steps, next, broken))), "migration 3")
	at, _ := version(t, s)
	require.Equal(t, next.version, at)
	_, err = s.readers.ExecContext(t.Context(), "SELECT * FROM half")
	require.ErrorContains(t, err, "no such table", "a broken step leaves nothing behind")
}

func TestRefusesTheDatabaseOfANewerProgram(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	change(t, s, "INSERT INTO schema_version (version) VALUES (99)")
	_, err := Open(t.Context(), dsn, secrets())
	require.ErrorContains(t, err, "schema version 99")
	require.ErrorContains(t, err, "newer whatsapp-courier")
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"migrations/0002_b.sql", "migrations/first.sql"} {
		_, err := readMigrations(fstest.MapFS{name: {}})
		require.ErrorContains(t, err, "0001")
	}
	_, err := readMigrations(fstest.MapFS{"migrations/0001_a.sql": {}, "migrations/0003_c.sql": {}})
	require.ErrorContains(t, err, "0002")
	_, err = readMigrations(fstest.MapFS{"migrations/0001_a.sql": {Mode: fs.ModeDir}})
	require.Error(t, err)
}
