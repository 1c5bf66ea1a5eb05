package app

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBackupCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := config(t)
	c.DSN = "sqlite://" + filepath.Join(dir, "courier.db")
	a, err := New(t.Context(), c, Options{Log: &output{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	file := filepath.Join(dir, "backup.db")
	require.Equal(t, file+" is written.\n", run(t, "backup", "-c", withDSN(t, c.DSN), file))
	require.FileExists(t, file)

	var stderr bytes.Buffer
	require.Equal(t, 1, Main(context.Background(), "", []string{"backup", "-c", withDSN(t, "postgres://nowhere/courier"), file}, &bytes.Buffer{}, &stderr))
	require.Contains(t, stderr.String(), "use pg_dump")
}
