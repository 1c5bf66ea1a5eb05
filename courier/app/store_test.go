package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADatabaseIsChosenByTheSchemeOfItsName(t *testing.T) {
	t.Parallel()
	c := config(t)
	for _, dsn := range []string{"memory", "sqlite://" + t.TempDir() + "/courier.db"} {
		c.DSN = dsn
		s, err := openStore(t.Context(), c, false)
		require.NoError(t, err)
		require.NoError(t, s.Ready(t.Context()))
		require.NoError(t, s.Close())
	}
	for dsn, named := range map[string]string{
		"":                                    "without a scheme",
		"courier.db":                          "without a scheme",
		"mysql://courier:hunter2@db/courier":  "mysql",
		"postgres:courier:hunter2@db/courier": "without a scheme",
	} {
		c.DSN = dsn
		_, err := openStore(t.Context(), c, false)
		require.ErrorContains(t, err, `dsn: "`+named+`" is not supported; use postgres://user:password@host/database, sqlite:///absolute/path`)
		require.NotContains(t, err.Error(), "hunter2")
	}
}
