package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOldSecretsAreInUseUntilTheirDeliveriesAreGone(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	former := open(t, dsn)
	inUse := func(s *SQLite) bool {
		t.Helper()
		answer, err := s.OldSecretsInUse(t.Context())
		require.NoError(t, err)
		return answer
	}
	with := func(cipher ...string) *SQLite {
		s, err := Open(t.Context(), dsn, Secrets{Cipher: cipher, Lookup: secrets().Lookup})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	one, two, three := secrets().Cipher[0], rotated().Cipher[0], strings.Repeat("third!", 6)
	old := accept(t, former, message(t, canaryPhone, "100001"))
	require.False(t, inUse(former), "there is no old secret")
	require.False(t, inUse(with(one, two)), "one that was never used")

	s := with(two, three, one)
	accept(t, s, message(t, canaryPhone, "100002"))
	require.True(t, inUse(s))
	require.False(t, inUse(with(two, three)), "what none of them opens does not need them")
	change(t, s, "DELETE FROM deliveries WHERE id = ?", old.ID[:])
	require.False(t, inUse(s))
	require.False(t, inUse(with(two, three, one)))
	require.True(t, inUse(with(one, two)), "and the other way round")
}

func TestTheEndOfARotationIsProvedOnce(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), "memory", Secrets{Cipher: append(rotated().Cipher, secrets().Cipher...), Lookup: secrets().Lookup})
	require.NoError(t, err)
	accept(t, s, message(t, canaryPhone, "100001"))
	for range 2 {
		inUse, err := s.OldSecretsInUse(t.Context())
		require.NoError(t, err, "the second time nothing is read")
		require.False(t, inUse)
		require.NoError(t, s.readers.Close())
	}
	require.NoError(t, s.Close())
}
