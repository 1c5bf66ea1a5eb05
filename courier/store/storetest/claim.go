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

const lease = 30 * time.Second

func claimCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"returns what is due, whole, and leases it": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "900000", start()))
			d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending, StartedAt: start()}}
			d = save(t, s, d)
			require.Empty(t, claim(t, s, d.Due.Add(-time.Microsecond), 10))

			got := claim(t, s, d.Due, 10)
			require.Len(t, got, 1)
			due := d.Due
			d.Version, d.Due = d.Version+1, due.Add(lease)
			same(t, d, got[0])
			same(t, d, load(t, s, d.ID))

			require.Empty(t, claim(t, s, due.Add(lease-time.Microsecond), 10))
			require.Len(t, claim(t, s, due.Add(lease), 10), 1)
		},

		"leaves out what is never due": func(t *testing.T, s store.Store) {
			d := delivery(t, anna, "900000", start())
			d.Due = time.Time{}
			created(t, s, d)
			ended := created(t, s, delivery(t, anna, "900001", start()))
			ended.State, ended.Due = courier.StateDelivered, time.Time{}
			save(t, s, ended)
			require.Empty(t, claim(t, s, start().Add(24*time.Hour), 10))
		},

		"takes the longest due first": func(t *testing.T, s store.Store) {
			var ids []courier.ID
			for i := range 3 {
				d := delivery(t, anna, fmt.Sprint("90000", i), start())
				d.Due = start().Add(time.Duration(3-i) * time.Second)
				ids = append(ids, created(t, s, d).ID)
			}
			late := start().Add(time.Minute)
			require.Equal(t, ids[2], claim(t, s, late, 1)[0].ID)
			require.Equal(t, ids[1], claim(t, s, late, 1)[0].ID)
			require.Equal(t, ids[0], claim(t, s, late, 1)[0].ID)
			require.Empty(t, claim(t, s, late, 1))
			require.Empty(t, claim(t, s, late.Add(time.Hour), 0))
		},

		"fends off a former owner": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "900000", start()))
			owner := claim(t, s, d.Due, 1)[0]
			_, err := s.Save(t.Context(), d, nil)
			require.ErrorIs(t, err, courier.ErrConflict)
			owner = save(t, s, owner)
			next := claim(t, s, d.Due.Add(lease), 1)[0]
			_, err = s.Save(t.Context(), owner, nil)
			require.ErrorIs(t, err, courier.ErrConflict)
			save(t, s, next)
		},

		"gives each delivery to one of many claimers": func(t *testing.T, s store.Store) {
			const deliveries = 60
			want := make(map[courier.ID]int)
			for i := range deliveries {
				d, err := accepted(t, s, delivery(t, anna, fmt.Sprintf("91%04d", i), start()))
				require.NoError(t, err)
				want[d.ID] = 1
			}
			var mu sync.Mutex
			got := make(map[courier.ID]int)
			together(8, func(int) {
				for range deliveries { // more than enough to see them all
					claimed, err := s.Claim(t.Context(), start().Add(time.Minute), lease, 7)
					if err != nil || len(claimed) == 0 {
						return
					}
					mu.Lock()
					for _, d := range claimed {
						got[d.ID]++
					}
					mu.Unlock()
				}
			})
			require.Equal(t, want, got)
		},
	}
}

func claim(t *testing.T, s store.Store, now time.Time, n int) []courier.Delivery {
	t.Helper()
	claimed, err := s.Claim(t.Context(), now, lease, n)
	require.NoError(t, err)
	return claimed
}
