package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A backup is made while the store is in use, and a store opens it as its own.
func TestBackup(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	before := accept(t, s, message(t, canaryPhone, "100001"))
	file := filepath.Join(t.TempDir(), "backup.db")
	require.NoError(t, Backup(t.Context(), dsn, file))
	after := accept(t, s, message(t, canaryPhone, "100002"))

	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(raw), canaryPhone)

	restored := open(t, "sqlite://"+file)
	d, err := restored.Load(t.Context(), before.ID)
	require.NoError(t, err)
	require.Equal(t, "100001", d.Code.Reveal())
	_, err = restored.Load(t.Context(), after.ID)
	require.Error(t, err, "it came later")
}

func TestBackupRefusals(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	there := filepath.Join(t.TempDir(), "there")
	require.NoError(t, os.WriteFile(there, []byte("kept"), 0o600))
	missing := filepath.Join(t.TempDir(), "backup.db")
	for name, c := range map[string]struct{ dsn, file, says string }{
		"memory":      {"memory", missing, "nothing to back up"},
		"no database": {dsn, missing, "there is no database to back up"},
		"another dsn": {"mysql://x", missing, "dsn: "},
	} {
		require.ErrorContains(t, Backup(t.Context(), c.dsn, c.file), c.says, name)
	}
	open(t, dsn)
	require.ErrorContains(t, Backup(t.Context(), dsn, there), "is there already")
	kept, err := os.ReadFile(there)
	require.NoError(t, err)
	require.Equal(t, "kept", string(kept))
	require.Error(t, Backup(t.Context(), dsn, filepath.Join(t.TempDir(), "nowhere", "backup.db")))

	// A file that is no database: nothing is left behind.
	broken := temporary(t)
	require.NoError(t, os.WriteFile(strings.TrimPrefix(broken, "sqlite://"), []byte(strings.Repeat("no database ", 1000)), 0o600))
	require.ErrorContains(t, Backup(t.Context(), broken, missing), "back "+strings.TrimPrefix(broken, "sqlite://")+" up")
	left, err := os.ReadDir(filepath.Dir(missing))
	require.NoError(t, err)
	require.Empty(t, left)
}
