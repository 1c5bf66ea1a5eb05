package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

const (
	day  = 24 * time.Hour
	keep = 30 * day
)

func upkeepCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a store that can be written is ready, and being asked leaves nothing": func(t *testing.T, s store.Store) {
			for range 3 {
				require.NoError(t, s.Ready(t.Context()))
			}
			page, err := s.List(t.Context(), courier.Page{})
			require.NoError(t, err)
			require.Empty(t, page.Deliveries)
			require.Zero(t, purge(t, s, start(), 100))
		},

		"every transaction is told of, with how many callers it was for": func(t *testing.T, s store.Store) {
			var (
				mu  sync.Mutex
				all []store.Commit
			)
			s.WatchCommits(func(c store.Commit) {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, c)
			})
			const callers = 8
			together(callers, func(int) { require.NoError(t, s.Ready(t.Context())) })
			mu.Lock()
			defer mu.Unlock()
			operations := 0
			for _, c := range all {
				require.False(t, c.Failed)
				require.Positive(t, c.Took)
				operations += c.Operations
			}
			require.Equal(t, callers, operations)
		},

		"a caller that has gone is not told that it is ready": func(t *testing.T, s store.Store) {
			ctx, cancel := context.WithCancelCause(t.Context())
			gone := errors.New("gone")
			cancel(gone)
			require.ErrorIs(t, s.Ready(ctx), gone)
		},

		"what ended longer ago than it is kept is removed, a few at a time": func(t *testing.T, s store.Store) {
			var old, kept []courier.Delivery
			for i := range 3 {
				old = append(old, over(t, s, aged(t, s, fmt.Sprint("97000", i), 50*day-time.Duration(i)*time.Hour)))
			}
			// Nothing ended it, and its code is long dead.
			old = append(old, aged(t, s, "970003", 40*day))
			kept = append(kept, over(t, s, aged(t, s, "970004", day)), aged(t, s, "970005", time.Minute))

			require.Zero(t, purge(t, s, start(), 0))
			require.Zero(t, purge(t, s, start(), -1))
			total := 0
			for calls := 1; ; calls++ {
				require.LessOrEqual(t, calls, 9, "it comes to an end")
				n := purge(t, s, start(), 2)
				require.LessOrEqual(t, n, 3*2, "of deliveries, repeats and quotas two each")
				if n == 0 {
					break
				}
				total += n
			}
			require.Equal(t, 4+5+5, total, "deliveries, and what knew and counted all but the last one")
			for _, d := range old {
				_, err := s.Load(t.Context(), d.ID)
				require.ErrorIs(t, err, courier.ErrNotFound)
				require.NotContains(t, find(t, s, courier.Query{To: phone(t, anna)}), d.ID)
			}
			for _, d := range kept {
				same(t, d, load(t, s, d.ID))
			}
		},

		"what still counts is still known after a purge": func(t *testing.T, s store.Store) {
			d := aged(t, s, "971000", time.Minute)
			over(t, s, d)
			require.Zero(t, purge(t, s, start(), 100))
			repeat := accept(t, s, delivery(t, anna, "971000", start()))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, d.ID, repeat.Delivery.ID)
			count, _, err := s.Latest(t.Context(), rules(delivery(t, anna, "971000", start())).Quotas[0], 9)
			require.NoError(t, err)
			require.Equal(t, 1, count)
		},

		"what is kept is kept until the instant": func(t *testing.T, s store.Store) {
			ended := over(t, s, aged(t, s, "972000", keep)).EndedAt
			purge(t, s, ended.Add(keep), 100)
			require.Len(t, find(t, s, courier.Query{To: phone(t, anna)}), 1)
			require.Equal(t, 1, purge(t, s, ended.Add(keep+time.Microsecond), 100))
		},

		"a delivery that is gone is not repeated": func(t *testing.T, s store.Store) {
			long := func(d courier.Delivery) courier.Acceptance {
				r := rules(d)
				r.RepeatsUntil = start().Add(100 * day)
				answer, err := s.Accept(t.Context(), d, r)
				require.NoError(t, err)
				return answer
			}
			first := long(delivery(t, anna, "973000", start())).Delivery
			over(t, s, first)
			later := start().Add(40 * day)
			require.Equal(t, 1+1, purge(t, s, later, 100), "the delivery and its place in the quota")
			again := long(delivery(t, anna, "973000", later))
			require.Equal(t, courier.Created, again.Outcome)
			repeat := long(delivery(t, anna, "973000", later))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, again.Delivery.ID, repeat.Delivery.ID)
		},
	}
}

func purge(t *testing.T, s store.Store, now time.Time, n int) int {
	t.Helper()
	removed, err := s.Purge(t.Context(), now, keep, n)
	require.NoError(t, err)
	return removed
}

// aged stores a delivery that was accepted some time before the present. Older ones
// come first, as they do in life.
func aged(t *testing.T, s store.Store, code string, age time.Duration) courier.Delivery {
	t.Helper()
	return created(t, s, delivery(t, anna, code, start().Add(-age)))
}

// over ends a delivery a second after it came.
func over(t *testing.T, s store.Store, d courier.Delivery) courier.Delivery {
	t.Helper()
	d.State, d.UpdatedAt, d.Attempts = courier.StateDelivered, d.AcceptedAt.Add(time.Second), twoAttempts()
	return save(t, s, d)
}
