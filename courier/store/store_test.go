package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("File", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) courier.Store { return open(t, temporary(t)) })
	})
	t.Run("Memory", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) courier.Store { return open(t, "memory") })
	})
}

func secrets() Secrets {
	return Secrets{Cipher: []string{strings.Repeat("cipher", 6)}, Lookup: strings.Repeat("lookup", 6)}
}

// temporary returns the dsn of a database that goes with its test.
func temporary(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "courier.db")
}

func open(t testing.TB, dsn string, options ...Option) *SQLite {
	t.Helper()
	s, err := Open(t.Context(), dsn, secrets(), options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
