package postgres

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestTheNamesOfKratosForThePool(t *testing.T) {
	t.Parallel()
	from, err := parseDSN("postgres://courier:hunter2@db.example:6432/kratos?sslmode=disable&search_path=courier" +
		"&max_conns=20&max_idle_conns=4&max_conn_lifetime=1h&max_conn_idle_time=90s")
	require.NoError(t, err)
	c := from.pool
	require.EqualValues(t, 20, c.MaxConns)
	require.Equal(t, time.Hour, c.MaxConnLifetime)
	require.Equal(t, 90*time.Second, c.MaxConnIdleTime)
	require.Equal(t, map[string]string{"search_path": "courier"}, c.ConnConfig.RuntimeParams, "nothing else is told to the server")
	require.Equal(t, "kratos at db.example", from.String())

	from, err = parseDSN("postgresql://courier@/kratos?host=/run/postgresql")
	require.NoError(t, err)
	c = from.pool
	require.EqualValues(t, usualConns, c.MaxConns)
	require.Equal(t, connectWithin, c.ConnConfig.ConnectTimeout)
	require.Equal(t, pgx.QueryExecModeCacheDescribe, c.ConnConfig.DefaultQueryExecMode, "no statement has a name")

	from, err = parseDSN("postgres://db/kratos?connect_timeout=7&max_conn_lifetime=0")
	require.NoError(t, err)
	c = from.pool
	require.Equal(t, 7*time.Second, c.ConnConfig.ConnectTimeout)
	require.Greater(t, c.MaxConnLifetime, 1000*time.Hour, "0 means for ever, as for Kratos")
}

func TestFaultsOfADSNAreNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for dsn, says := range map[string]string{
		"mysql://courier:hunter2@db/kratos":                          "PostgreSQL takes postgres://",
		"postgres://courier:hunter2%zz@db/kratos":                    "written as %XX",
		"postgres://courier:hunter2@db:port/kratos":                  "written as %XX",
		"postgres://courier:hunter2@db/kratos?sslmode=perhaps":       "sslmode",
		"postgres://courier:hunter2@db/kratos?max_conns=many":        "the parameter max_conns",
		"postgres://courier:hunter2@db/kratos?max_conns=1":           "at least 2",
		"postgres://courier:hunter2@db/kratos?max_conn_lifetime=old": "the parameter max_conn_lifetime",

		"postgres://courier:hunter2@db/kratos?default_query_exec_mode=exec":            "take cache_describe",
		"postgres://courier:hunter2@db/kratos?default_query_exec_mode=simple_protocol": "take cache_describe",
	} {
		_, err := parseDSN(dsn)
		require.ErrorContains(t, err, "dsn: ", dsn)
		require.ErrorContains(t, err, says, dsn)
		require.NotContains(t, err.Error(), "hunter2")
	}
}
