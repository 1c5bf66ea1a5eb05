package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// A backup is made while the store is in use, and a store opens it as its own.
func TestBackup(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	before := accept(t, s, message(t, canaryPhone, "100001"))
	file := filepath.Join(t.TempDir(), "backup.db")
	require.NoError(t, Backup(t.Context(), dsn, file, unseen))
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

func unseen(_, _ int) {}

// What is committed while a backup is made does not let it begin anew, and is not in it.
func TestBackupOfOneInstant(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	require.NoError(t, s.Close())
	path := strings.TrimPrefix(dsn, "sqlite://")
	const stored = 5000
	require.NoError(t, filled.Fill(t.Context(), path, stored, []byte("none"), time.Now()))
	s = open(t, dsn)
	file := filepath.Join(t.TempDir(), "backup.db")
	var copied []int
	require.NoError(t, Backup(t.Context(), dsn, file, func(done, all int) {
		accept(t, s, message(t, canaryPhone, fmt.Sprintf("%06d", len(copied))))
		copied = append(copied, done*100/all)
	}))
	require.Greater(t, len(copied), 2, "it was made in one go")
	require.IsIncreasing(t, copied)
	require.NoError(t, s.Close())
	for name, want := range map[string]int{path: stored + len(copied), file: stored} {
		got, err := filled.Count(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}

func TestBackupEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	require.NoError(t, open(t, dsn).Close())
	require.NoError(t, filled.Fill(t.Context(), strings.TrimPrefix(dsn, "sqlite://"), 5000, []byte("none"), time.Now()))
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, Backup(ctx, dsn, filepath.Join(folder, "backup.db"), func(_, _ int) { cancel() }), context.Canceled)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
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
		require.ErrorContains(t, Backup(t.Context(), c.dsn, c.file, unseen), c.says, name)
	}
	open(t, dsn)
	require.ErrorContains(t, Backup(t.Context(), dsn, there, unseen), "is there already")
	kept, err := os.ReadFile(there)
	require.NoError(t, err)
	require.Equal(t, "kept", string(kept))
	require.Error(t, Backup(t.Context(), dsn, filepath.Join(t.TempDir(), "nowhere", "backup.db"), unseen))

	// A file that is no database: nothing is left behind.
	broken := temporary(t)
	require.NoError(t, os.WriteFile(strings.TrimPrefix(broken, "sqlite://"), []byte(strings.Repeat("no database ", 1000)), 0o600))
	require.ErrorContains(t, Backup(t.Context(), broken, missing, unseen), "back "+strings.TrimPrefix(broken, "sqlite://")+" up")
	left, err := os.ReadDir(filepath.Dir(missing))
	require.NoError(t, err)
	require.Empty(t, left)
}
