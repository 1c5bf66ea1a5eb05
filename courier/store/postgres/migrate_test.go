package postgres

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func TestAnEmptyDatabaseIsRefusedAndMigrated(t *testing.T) {
	t.Parallel()
	dsn := shared.Schema(t)
	_, err := Open(t.Context(), dsn, secrets(t))
	require.ErrorAs(t, err, new(*SchemaError))
	require.ErrorContains(t, err, "no tables of the courier yet")
	require.ErrorContains(t, err, "whatsapp-courier migrate up")

	before, err := Status(t.Context(), dsn)
	require.NoError(t, err)
	require.Zero(t, before.Version)
	require.NotEmpty(t, before.Pending)
	_, err = Open(t.Context(), dsn, secrets(t))
	require.Error(t, err, "to ask for the status changes nothing")

	taken, err := Migrate(t.Context(), dsn)
	require.NoError(t, err)
	require.Equal(t, before.Pending, taken)
	after, err := Status(t.Context(), dsn)
	require.NoError(t, err)
	require.Equal(t, Schema{Version: len(taken), Pending: []store.Migration{}}, after)
	require.NoError(t, openWith(t, dsn, secrets(t)).Ready(t.Context()))
	taken, err = Migrate(t.Context(), dsn)
	require.NoError(t, err)
	require.Empty(t, taken)
}

func TestReplicasThatMigrateAtOnceTakeEachStepOnce(t *testing.T) {
	t.Parallel()
	dsn := shared.Schema(t)
	var (
		replicas sync.WaitGroup
		taken    [5][]store.Migration
	)
	for i := range taken {
		replicas.Go(func() {
			steps, err := Migrate(t.Context(), dsn)
			if err != nil {
				t.Error(err)
			}
			taken[i] = steps
		})
	}
	replicas.Wait()
	all, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	steps := 0
	for _, those := range taken {
		steps += len(those)
	}
	require.Equal(t, len(all), steps)
}

func TestOlderAndNewerSchemasAreRefused(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	defer pool.Close()
	steps, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	next := store.Migration{Version: len(steps) + 1, Text: "CREATE TABLE next (a integer); INSERT INTO next (a) VALUES (7);"}

	taken, err := migrate(t.Context(), pool, append(steps, next))
	require.NoError(t, err)
	require.Equal(t, []store.Migration{next}, taken)
	_, err = Open(t.Context(), dsn, secrets(t))
	require.ErrorContains(t, err, "a newer whatsapp-courier has used it")
	_, err = Migrate(t.Context(), dsn)
	require.ErrorContains(t, err, "newer whatsapp-courier", "there is no way back")

	broken := store.Migration{Version: next.Version + 1, Text: "CREATE TABLE half (a integer); CREATE TABLE next (a integer);"}
	_, err = migrate(t.Context(), pool, append(steps, next, broken))
	require.ErrorContains(t, err, "migration")
	at, err := version(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, next.Version, at)
	_, err = pool.Exec(t.Context(), "SELECT * FROM half")
	require.Equal(t, "42P01", code(err), "a broken step leaves nothing behind")
	require.ErrorContains(t, &SchemaError{Have: 1, Know: 2}, "has schema version 1 and this program needs 2")
}

func TestASchemaThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	dsn := shared.Schema(t) + "_not"
	_, err := Migrate(t.Context(), dsn)
	require.ErrorContains(t, err, "search_path does not exist")
}

// TestEveryEarlierVersionIsBroughtUpToDate keeps what was stored under it.
func TestEveryEarlierVersionIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	steps, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	for earlier := 1; earlier < len(steps); earlier++ {
		dsn := shared.Schema(t)
		pool, err := pgxpool.New(t.Context(), dsn)
		require.NoError(t, err)
		defer pool.Close()
		_, err = migrate(t.Context(), pool, steps[:earlier])
		require.NoError(t, err)
		_, err = pool.Exec(t.Context(), "INSERT INTO denied (phone_lookup, masked, at) VALUES ('\\x01', '+1 202 *** 11', 1)")
		require.NoError(t, err)
		_, err = Open(t.Context(), dsn, secrets(t))
		require.ErrorContains(t, err, fmt.Sprint("schema version ", earlier, " and this program needs"))

		taken, err := Migrate(t.Context(), dsn)
		require.NoError(t, err)
		require.Equal(t, steps[earlier:], taken)
		require.NoError(t, openWith(t, dsn, secrets(t)).Ready(t.Context()))
		var kept int
		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM denied").Scan(&kept))
		require.Equal(t, 1, kept)
	}
}
