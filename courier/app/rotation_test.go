package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRotation(t *testing.T) {
	t.Parallel()
	var r rotation
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	require.Nil(t, r.left(), "nothing is counted yet")
	turn, needed := r.begin(now)
	require.True(t, needed)
	r.counted(turn, 3, true, now)
	require.Equal(t, 3, *r.left())
	_, needed = r.begin(now.Add(time.Hour - 1))
	require.False(t, needed, "three were left, who go with the days")
	now = now.Add(time.Hour)
	_, needed = r.begin(now)
	require.True(t, needed)
	r.counted(turn, 0, false, now)
	_, needed = r.begin(now)
	require.True(t, needed, "another replica may still seal under the old secret")
	r.counted(turn, 0, true, now)
	require.Zero(t, *r.left())
	_, needed = r.begin(now)
	require.False(t, needed)

	r.changed()
	require.Nil(t, r.left(), "a 0 of the former secrets looks like leave to remove one")
	_, needed = r.begin(now)
	require.True(t, needed)
}

// A reload may change the secrets while a count goes on, which takes a while with a
// million deliveries.
func TestCountFromBeforeARotation(t *testing.T) {
	t.Parallel()
	var r rotation
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	turn, _ := r.begin(now)
	r.changed()
	r.counted(turn, 0, true, now)
	require.Nil(t, r.left())
	_, needed := r.begin(now)
	require.True(t, needed)
}
