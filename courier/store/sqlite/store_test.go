package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/storetest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("File", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) store.Store { return open(t, temporary(t)) })
	})
	t.Run("Memory", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) store.Store { return open(t, "memory") })
	})
}

// secrets are those under which the tests seal, unless they say otherwise.
func secrets(t testing.TB) *vault.Vault { return sealing(t, strings.Repeat("cipher", 6)) }

// rotated are secrets of which none is in secrets.
func rotated(t testing.TB) *vault.Vault { return sealing(t, strings.Repeat("rotated", 5)) }

func sealing(t testing.TB, cipher ...string) *vault.Vault {
	t.Helper()
	v, err := vault.New(vault.Secrets{Cipher: cipher, Lookup: strings.Repeat("lookup", 6)})
	require.NoError(t, err)
	return v
}

// temporary returns the dsn of a database that goes with its test.
func temporary(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "courier.db")
}

func open(t testing.TB, dsn string, options ...Option) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, secrets(t), options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
