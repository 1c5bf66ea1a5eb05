package store

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"migrations/0002_b.sql", "migrations/first.sql"} {
		_, err := ReadMigrations(fstest.MapFS{name: {}})
		require.ErrorContains(t, err, "0001")
	}
	_, err := ReadMigrations(fstest.MapFS{"migrations/0001_a.sql": {}, "migrations/0003_c.sql": {}})
	require.ErrorContains(t, err, "0002")
	_, err = ReadMigrations(fstest.MapFS{"migrations/0001_a.sql": {Mode: fs.ModeDir}})
	require.Error(t, err)
}

func TestPendingAreTheStepsThatADatabaseLacks(t *testing.T) {
	t.Parallel()
	steps, err := ReadMigrations(fstest.MapFS{"migrations/0001_a.sql": {Data: []byte("a")}, "migrations/0002_b.sql": {Data: []byte("b")}})
	require.NoError(t, err)
	for version, want := range map[int][]Migration{0: steps, 1: {{Version: 2, Text: "b"}}, 2: {}} {
		got, err := Pending(steps, version)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err = Pending(steps, 3)
	require.ErrorContains(t, err, "schema version 3")
	require.ErrorContains(t, err, "newer whatsapp-courier")
}
