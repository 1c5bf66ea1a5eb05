package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func numberCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a delivery stays without its number, and no number finds it": func(t *testing.T, s store.Store) {
			old := over(t, s, aged(t, s, "980000", 8*day))
			old.Attempts[0].KnownAs = "+1 202 *** 10"
			old = save(t, s, old)
			young := over(t, s, aged(t, s, "980001", 6*day))
			erased, last := erase(t, s, 7*day, courier.ID{}, 100)
			require.Equal(t, 1, erased)
			require.Equal(t, old.ID, last)

			got := load(t, s, old.ID)
			require.True(t, got.To.IsZero())
			require.Empty(t, got.Attempts[0].KnownAs, "it was masked, and is a part of the number all the same")
			want := old
			want.Version, want.To, want.Attempts = old.Version+1, courier.Phone{}, twoAttempts()
			require.Equal(t, want, got, "all else stays")
			require.Equal(t, []courier.ID{young.ID}, find(t, s, courier.Query{To: phone(t, anna)}))
			same(t, young, load(t, s, young.ID))
			require.Contains(t, find(t, s, courier.Query{Identity: old.Identity}), old.ID)

			erased, _ = erase(t, s, 7*day, courier.ID{}, 100)
			require.Zero(t, erased, "once")
		},

		"a late report is recorded without the number": func(t *testing.T, s store.Store) {
			old := over(t, s, aged(t, s, "981000", 8*day))
			erase(t, s, 7*day, courier.ID{}, 100)
			_, err := s.Save(t.Context(), old, nil)
			require.ErrorIs(t, err, courier.ErrConflict, "what is remembered is outdated")
			d := load(t, s, old.ID)
			d.State, d.Attempts[0].State = courier.StateRead, courier.AttemptRead
			d = save(t, s, d)
			require.True(t, load(t, s, d.ID).To.IsZero())
			require.Equal(t, courier.StateRead, load(t, s, d.ID).State)
		},

		"what is over goes in batches, and what is not is passed over": func(t *testing.T, s store.Store) {
			var old []courier.ID
			for i := range 3 {
				old = append(old, over(t, s, aged(t, s, fmt.Sprint("98200", i), 9*day+time.Duration(i)*time.Hour)).ID)
			}
			late := aged(t, s, "982003", 8*day)
			late.State, late.UpdatedAt = courier.StateDelivered, start().Add(-day)
			late = save(t, s, late) // it came to its end a week later
			old = append(old, over(t, s, aged(t, s, "982004", 8*day)).ID)

			erased, last := erase(t, s, 7*day, courier.ID{}, 2)
			require.Equal(t, 2, erased)
			require.Equal(t, old[1], last)
			erased, last = erase(t, s, 7*day, last, 9)
			require.Equal(t, 2, erased)
			require.Equal(t, old[2], last, "the next one still has its number")
			for _, id := range old {
				require.True(t, load(t, s, id).To.IsZero())
			}
			same(t, late, load(t, s, late.ID))
			erased, last = erase(t, s, 12*time.Hour, last, 9)
			require.Equal(t, 1, erased)
			require.Equal(t, late.ID, last)
		},

		"a number that is erased keeps its limits and its memories": func(t *testing.T, s store.Store) {
			for i := range 3 {
				over(t, s, aged(t, s, fmt.Sprint("98300", i), 5*time.Minute))
			}
			erased, _ := erase(t, s, 0, courier.ID{}, 9)
			require.Equal(t, 3, erased)
			require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, "983003", start())).Outcome)
			require.Equal(t, courier.Repeated, accept(t, s, delivery(t, anna, "983000", start())).Outcome)
		},

		"nothing to erase is no fault": func(t *testing.T, s store.Store) {
			aged(t, s, "984000", time.Minute)
			for _, n := range []int{-1, 0, 9} {
				erased, _ := erase(t, s, day, courier.ID{}, n)
				require.Zero(t, erased)
			}
		},
	}
}

func erase(t *testing.T, s store.Store, keep time.Duration, behind courier.ID, n int) (int, courier.ID) {
	t.Helper()
	erased, last, err := s.EraseNumbers(t.Context(), start(), keep, behind, n)
	require.NoError(t, err)
	return erased, last
}
