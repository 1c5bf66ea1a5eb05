package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

// TestPostgreSQLIsMigratedByCommand goes the way of an operator: the courier refuses an
// empty database, `migrate up` makes the tables, and then it starts.
func TestPostgreSQLIsMigratedByCommand(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	c := config(t)
	c.DSN = server.DSN()
	file := withDSN(t, server.DSN())

	_, err = New(t.Context(), c, Options{Log: &output{}})
	require.ErrorContains(t, err, "no tables of the courier yet: run `whatsapp-courier migrate up`")

	require.Equal(t, "The tables have schema version 0; 6 steps to take.\n", run(t, "migrate", "status", "-c", file))
	require.Contains(t, run(t, "migrate", "up", "--dry-run", "-c", file), "CREATE TABLE deliveries")
	require.Contains(t, run(t, "migrate", "status", "-c", file), "version 0", "a dry run changes nothing")
	require.Equal(t, "6 steps taken.\n", run(t, "migrate", "up", "-c", file))
	require.Equal(t, "no step taken.\n", run(t, "migrate", "up", "-c", file))
	require.Equal(t, "The tables have schema version 6; no step to take.\n", run(t, "migrate", "status", "-c", file))

	a, err := New(t.Context(), c, Options{Log: &output{}})
	require.NoError(t, err)
	require.NoError(t, a.store.Ready(t.Context()))
	require.NoError(t, a.Close())
}

func TestServeMigratesIfItIsToldTo(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	c := config(t)
	c.DSN = server.DSN()
	a, err := New(t.Context(), c, Options{Log: &output{}, Migrate: true})
	require.NoError(t, err)
	require.NoError(t, a.Close())
}

func TestSQLiteNeedsNoMigrateCommand(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	require.Equal(t, 1, Main(context.Background(), "", []string{"migrate", "up", "-c", withDSN(t, "sqlite:///tmp/unused.db")}, &bytes.Buffer{}, &stderr))
	require.Contains(t, stderr.String(), "migrate is for PostgreSQL")
}

// withDSN is the example with another database.
func withDSN(t *testing.T, dsn string) string {
	t.Helper()
	text, err := os.ReadFile(filled(t, example)[0])
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	changed := false
	for i, line := range lines {
		if strings.HasPrefix(line, "dsn:") {
			lines[i], changed = "dsn: "+dsn, true
		}
	}
	require.True(t, changed)
	path := filepath.Join(t.TempDir(), "courier.yml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	return path
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, Main(t.Context(), "", args, &stdout, &stderr), &stderr)
	return stdout.String()
}
