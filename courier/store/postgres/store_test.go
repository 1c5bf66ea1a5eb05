package postgres

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/storetest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// shared is the database of all tests here; each has a schema of its own.
var shared postgrestest.Shared

func TestMain(m *testing.M) {
	status := m.Run()
	if err := shared.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Open {
		dsn := temporary(t)
		return func(t *testing.T, v *vault.Vault) store.Store { return openWith(t, dsn, v) }
	})
}

// secrets are those under which the tests seal, unless they say otherwise.
func secrets(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.New(vault.Secrets{Cipher: []string{strings.Repeat("cipher", 6)}, Lookup: strings.Repeat("lookup", 6)})
	require.NoError(t, err)
	return v
}

// temporary returns the dsn of a database with all tables, that goes with its test.
func temporary(t testing.TB) string {
	t.Helper()
	dsn := shared.Schema(t)
	_, err := Migrate(t.Context(), dsn)
	require.NoError(t, err)
	return dsn
}

func openWith(t testing.TB, dsn string, v *vault.Vault) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn+"&max_conns=4", v)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func errorIs[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
