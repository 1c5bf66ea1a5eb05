package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRotation(t *testing.T) {
	t.Parallel()
	var r rotation
	require.Nil(t, r.left(), "nothing is counted yet")
	turn, needed := r.begin()
	require.True(t, needed)
	r.counted(turn, 3, true)
	require.Equal(t, 3, *r.left())
	_, needed = r.begin()
	require.True(t, needed, "three are left")
	r.counted(turn, 0, false)
	_, needed = r.begin()
	require.True(t, needed, "another replica may still seal under the old secret")
	r.counted(turn, 0, true)
	require.Zero(t, *r.left())
	_, needed = r.begin()
	require.False(t, needed)

	r.changed()
	require.Nil(t, r.left(), "a 0 of the former secrets looks like leave to remove one")
	_, needed = r.begin()
	require.True(t, needed)
}

// A reload may change the secrets while a count goes on, which takes a while with a
// million deliveries.
func TestCountFromBeforeARotation(t *testing.T) {
	t.Parallel()
	var r rotation
	turn, _ := r.begin()
	r.changed()
	r.counted(turn, 0, true)
	require.Nil(t, r.left())
	_, needed := r.begin()
	require.True(t, needed)
}
