package archtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDatabasesAreWrittenAlike lets a newcomer hold one database against the other: the
// same methods are in files of the same names.
func TestDatabasesAreWrittenAlike(t *testing.T) {
	t.Parallel()
	sqlite, err := ExportedMethods("../../courier/store/sqlite")
	require.NoError(t, err)
	postgres, err := ExportedMethods("../../courier/store/postgres")
	require.NoError(t, err)
	require.Greater(t, len(sqlite), 25, "the walk finds them")
	for method := range sqlite {
		require.True(t, postgres[method], "courier/store/postgres has no %s", method)
	}
}

func TestExportedMethodsAreFoundByTheirFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := "package p\nfunc (a *A) One() {}\nfunc (a A) two() {}\nfunc Three() {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600))
	found, err := ExportedMethods(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"p.go: One": true}, found)
}
