package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TestReplicasWhoseClocksDifferKeepLeases has a replica whose clock is five seconds
// behind and one whose clock is five seconds ahead. What one leases the other takes over
// once the lease is over by the database's clock.
func TestReplicasWhoseClocksDifferKeepLeases(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	replica := func(ahead time.Duration) *Store {
		s, err := open(t.Context(), dsn+"&max_conns=4", secrets(t), func() time.Time { return time.Now().Add(ahead) })
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	behind, ahead := replica(-5*time.Second), replica(5*time.Second)
	there := func() (now time.Time) {
		require.NoError(t, behind.db.pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&now))
		return now
	}

	const lease = 2 * time.Second
	leased := there()
	d := message(t, "100001")
	d.AcceptedAt = behind.Now()
	d.Due, d.ExpiresAt = d.AcceptedAt.Add(lease), d.AcceptedAt.Add(5*time.Minute)
	_, err := behind.Accept(t.Context(), d, rules(d))
	require.NoError(t, err)

	for _, by := range []*Store{ahead, behind} {
		var (
			claimed []courier.Delivery
			asked   time.Time
		)
		require.Eventually(t, func() bool {
			asked = there()
			var err error
			claimed, err = by.Claim(t.Context(), by.Now(), lease, 1)
			require.NoError(t, err)
			return len(claimed) == 1
		}, 30*time.Second, 5*time.Millisecond, "nothing is lost")
		// Each of both clocks is wrong by at most half of setWithin.
		require.GreaterOrEqual(t, there().Sub(leased), lease-setWithin, "the lease was not over yet")
		d, leased = claimed[0], asked
	}
	_, err = ahead.Save(t.Context(), courier.Delivery{ID: d.ID, Version: d.Version - 1, State: courier.StateSending}, nil)
	require.ErrorIs(t, err, courier.ErrConflict, "the former owner is told")
	_, err = behind.Save(t.Context(), d, nil)
	require.NoError(t, err)
}

func TestAClockThatIsSetWhileItRunsDoesNotMatter(t *testing.T) {
	t.Parallel()
	began := time.Now()
	passed := time.Duration(0)
	c := &clock{local: func() time.Time { return began.Add(passed) }, here: began, there: began.Add(time.Hour).UTC()}
	passed = 3 * time.Second
	require.True(t, began.Add(time.Hour+3*time.Second).Equal(c.now()))
}
