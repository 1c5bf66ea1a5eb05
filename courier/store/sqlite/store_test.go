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
		storetest.Run(t, func(t *testing.T) storetest.Open {
			dsn := temporary(t)
			return func(t *testing.T, v *vault.Vault) store.Store { return openWith(t, dsn, v) }
		})
	})
	t.Run("Memory", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) storetest.Open {
			from, err := parseDSN("memory")
			require.NoError(t, err)
			memory := func(t *testing.T, v *vault.Vault) store.Store {
				s, err := openSource(t.Context(), from, v)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, s.Close()) })
				return s
			}
			memory(t, secrets(t)) // or all would be gone when the last store is closed
			return memory
		})
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

func open(t testing.TB, dsn string) *Store {
	t.Helper()
	return openWith(t, dsn, secrets(t))
}

func openWith(t testing.TB, dsn string, v *vault.Vault) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, v)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
