package sqlite

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A rotation is over once OldKeys is 0: rows under the old secrets are counted
// until they are purged.
func TestOldKeysCountsWhatARotationLeaves(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	with := func(cipher ...string) *Store {
		s, err := Open(t.Context(), dsn, sealing(t, cipher...))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	count := func(s *Store) int {
		t.Helper()
		n, err := s.OldKeys(t.Context())
		require.NoError(t, err)
		return n
	}
	one, two, three := strings.Repeat("cipher", 6), strings.Repeat("rotated", 5), strings.Repeat("third!", 6)
	old := accept(t, with(one), message(t, canaryPhone, "100001"))
	require.Zero(t, count(with(one)), "there is no old secret")
	require.Zero(t, count(with(one, two)), "one that was never used")

	s := with(two, three, one)
	accept(t, s, message(t, canaryPhone, "100002"))
	require.Equal(t, 1, count(s))
	require.Equal(t, 2, count(with(three, two, one)), "under two old secrets")
	require.Equal(t, 1, count(with(two, three)), "also under one that is configured no more")
	change(t, s, "UPDATE deliveries SET code_sealed = NULL")
	require.Equal(t, 1, count(s), "the number is sealed as long as it is kept")
	change(t, s, "DELETE FROM deliveries WHERE id = ?", old.ID[:])
	require.Zero(t, count(s))
}
