package testkit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAMigratedDatabaseIsCopiedOnce(t *testing.T) {
	migrated := filepath.Join(t.TempDir(), "migrated.db")
	require.NoError(t, os.WriteFile(migrated, []byte("tables"), 0o600))
	t.Setenv(MigratedVariable, migrated)
	dir := t.TempDir()
	file := filepath.Join(dir, databaseFile)
	content := func() string {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(raw)
	}
	require.NoError(t, makeFile(t.Context(), "no program is needed", dir))
	require.Equal(t, "tables", content())
	require.NoError(t, os.WriteFile(file, []byte("tables and people"), 0o600))
	require.NoError(t, makeFile(t.Context(), "no program is needed", dir))
	require.Equal(t, "tables and people", content(), "a Kratos that starts again keeps its people")

	t.Setenv(MigratedVariable, filepath.Join(dir, "none"))
	require.ErrorContains(t, makeFile(t.Context(), "", t.TempDir()), MigratedVariable)
}
