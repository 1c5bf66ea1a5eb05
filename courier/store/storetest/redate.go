package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// The clock was an hour ahead, and is set right.
func redateCases() map[string]func(*testing.T, store.Store) {
	const life = 5 * time.Minute
	ahead := start().Add(time.Hour)
	redate := func(t *testing.T, s store.Store, now time.Time) int {
		t.Helper()
		n, err := s.Redate(t.Context(), now, life)
		require.NoError(t, err)
		return n
	}
	return map[string]func(*testing.T, store.Store){
		// Under the race detector, an answer read too early fails.
		"does no harm when the caller has gone": func(t *testing.T, s store.Store) {
			created(t, s, delivery(t, anna, "880009", ahead))
			for i := range 60 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*100)*time.Microsecond)
				n, err := s.Redate(ctx, start(), life)
				cancel()
				if err != nil {
					require.Zero(t, n)
				}
			}
			redate(t, s, start()) // All of them may have been too late.
			require.Zero(t, redate(t, s, start()))
		},

		"what lies in the future counts for nothing": func(t *testing.T, s store.Store) {
			for _, code := range []string{"880000", "880001", "880002"} {
				created(t, s, delivery(t, anna, code, ahead))
			}
			require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, "880003", ahead)).Outcome)
			created(t, s, delivery(t, anna, "880004", start()))
		},

		"what lies in the future counts as of now, at its distances": func(t *testing.T, s store.Store) {
			for i, code := range []string{"880000", "880001", "880002"} {
				created(t, s, delivery(t, anna, code, ahead.Add(time.Duration(i)*time.Minute)))
			}
			now := start().Add(2 * time.Minute)
			require.Positive(t, redate(t, s, now))
			require.Zero(t, redate(t, s, now), "once is enough")
			// The last one lies as far ahead as entries may, the first two minutes before.
			first := now.Add(life - 2*time.Minute)
			require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, "880003", first.Add(10*time.Minute-time.Microsecond))).Outcome)
			created(t, s, delivery(t, anna, "880004", first.Add(10*time.Minute)))
		},

		"what is still to come becomes due at once, and nothing else does": func(t *testing.T, s store.Store) {
			future := created(t, s, delivery(t, anna, "880000", ahead))
			leased := created(t, s, delivery(t, ben, "880001", start()))
			leased.Due = ahead
			leased = save(t, s, leased)
			fine := created(t, s, delivery(t, ben, "880002", start()))
			redate(t, s, start())
			claimed := claim(t, s, start(), 10)
			require.ElementsMatch(t, []courier.ID{future.ID, leased.ID}, []courier.ID{claimed[0].ID, claimed[1].ID})
			require.Len(t, claimed, 2)
			same(t, fine, load(t, s, fine.ID))
		},

		"nothing changes while the clock is right": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "880000", start()))
			byDesign := courier.Quota{Name: "codes", Max: courier.Unlimited, Window: time.Hour, Now: start().Add(life)}
			d, err := s.Save(t.Context(), d, nil, byDesign)
			require.NoError(t, err)
			require.Zero(t, redate(t, s, start()))
			same(t, d, load(t, s, d.ID))
		},
	}
}
