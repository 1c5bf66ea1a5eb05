package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// Two processes with one database.
func sharedCases() map[string]func(*testing.T, Open) {
	two := func(t *testing.T, open Open) []store.Store {
		t.Helper()
		return []store.Store{open(t, secrets(t, "first")), open(t, secrets(t, "first"))}
	}
	// acceptAtBoth posts twenty messages at once, half of them to each.
	acceptAtBoth := func(t *testing.T, stores []store.Store, code func(i int) string) []courier.Acceptance {
		t.Helper()
		answers, faults := make([]courier.Acceptance, 20), make([]error, 20)
		deliveries := make([]courier.Delivery, 20)
		for i := range deliveries {
			deliveries[i] = delivery(t, anna, code(i), start())
		}
		together(20, func(i int) {
			answers[i], faults[i] = stores[i%2].Accept(t.Context(), deliveries[i], rules(deliveries[i]))
		})
		for _, err := range faults {
			require.NoError(t, err)
		}
		return answers
	}
	return map[string]func(*testing.T, Open){
		"tallies of all add up": manyTallies,
		"quotas hold over both": func(t *testing.T, open Open) {
			answers := acceptAtBoth(t, two(t, open), func(i int) string { return fmt.Sprint(100000 + i) })
			require.Equal(t, map[courier.Outcome]int{courier.Created: 3, courier.Suppressed: 17}, outcomes(answers))
		},

		"one of many repeats at both is taken": func(t *testing.T, open Open) {
			answers := acceptAtBoth(t, two(t, open), func(int) string { return "222222" })
			require.Equal(t, map[courier.Outcome]int{courier.Created: 1, courier.Repeated: 19}, outcomes(answers))
		},

		"each delivery is claimed by one": func(t *testing.T, open Open) {
			const deliveries = 40
			stores := two(t, open)
			want := make(map[courier.ID]int)
			for i := range deliveries {
				d, err := accepted(t, stores[i%2], delivery(t, anna, fmt.Sprintf("94%04d", i), start()))
				require.NoError(t, err)
				want[d.ID] = 1
			}
			var mu sync.Mutex
			got, faults := make(map[courier.ID]int), make([]error, 4)
			together(4, func(i int) {
				for range deliveries { // more than enough to see them all
					claimed, err := stores[i%2].Claim(t.Context(), start().Add(time.Minute), lease, 3)
					if faults[i] = err; err != nil || len(claimed) == 0 {
						return
					}
					mu.Lock()
					for _, d := range claimed {
						got[d.ID]++
					}
					mu.Unlock()
				}
			})
			require.Equal(t, make([]error, 4), faults)
			require.Equal(t, want, got)
		},

		"what one has written the other reads, and may not overwrite": func(t *testing.T, open Open) {
			stores := two(t, open)
			d := created(t, stores[0], delivery(t, anna, "940000", start()))
			same(t, d, load(t, stores[1], d.ID))
			saved := save(t, stores[1], d)
			_, err := stores[0].Save(t.Context(), d, nil)
			require.ErrorIs(t, err, courier.ErrConflict)
			same(t, saved, load(t, stores[0], d.ID))
			require.NoError(t, stores[0].Deny(t.Context(), phone(t, ben), start()))
			require.Equal(t, courier.ReasonDenied, accept(t, stores[1], delivery(t, ben, "940001", start())).Delivery.Reason)
		},
	}
}
