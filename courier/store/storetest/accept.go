package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func acceptCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"keeps what it was given": func(t *testing.T, s store.Store) {
			d := delivery(t, anna, "012345", start().Add(789*time.Nanosecond).In(time.FixedZone("", 3600)))
			got := created(t, s, d)
			require.EqualValues(t, 1, got.Version)
			same(t, got, load(t, s, d.ID))
			// Instants are kept to the microsecond, in UTC.
			d.Version, d.AcceptedAt, d.UpdatedAt = 1, start(), start()
			d.ExpiresAt, d.Due = start().Add(5*time.Minute), start().Add(30*time.Second)
			d.Flow = got.Flow
			same(t, d, got)
		},

		"keeps of a flow what tells it from others, and not what it is called": func(t *testing.T, s store.Store) {
			flow := func(name, code string) string {
				d := delivery(t, anna, code, start())
				d.Flow = name
				return created(t, s, d).Flow
			}
			first := flow("+12025550143", "111111")
			require.NotContains(t, first, "2025550143")
			require.Equal(t, first, flow("+12025550143", "222222"))
			require.NotEqual(t, first, flow("+12025550144", "333333"))
		},

		"keeps a delivery that has only what it must have": func(t *testing.T, s store.Store) {
			full := delivery(t, anna, "012345", start())
			d := courier.Delivery{
				ID: full.ID, TemplateType: full.TemplateType, Purpose: full.Purpose, To: full.To, Code: full.Code,
				State: full.State, AcceptedAt: full.AcceptedAt, UpdatedAt: full.UpdatedAt, ExpiresAt: full.ExpiresAt,
			}
			created(t, s, d)
			d.Version = 1
			same(t, d, load(t, s, d.ID))
		},

		"tells whether another delivery to the number lives": func(t *testing.T, s store.Store) {
			first := accept(t, s, delivery(t, anna, "111111", start()))
			require.True(t, first.Alone)
			require.True(t, accept(t, s, delivery(t, ben, "222222", start())).Alone, "that one is somebody else's")
			second := accept(t, s, delivery(t, anna, "333333", start().Add(time.Minute)))
			require.False(t, second.Alone)
			end := func(d courier.Delivery) {
				d.State, d.EndedAt, d.Due = courier.StateDelivered, start().Add(time.Minute), time.Time{}
				_, err := s.Save(t.Context(), d, nil)
				require.NoError(t, err)
			}
			end(first.Delivery)
			require.False(t, accept(t, s, delivery(t, anna, "333333", start().Add(time.Minute))).Alone, "a repeat says nothing of it")
			end(second.Delivery)
			require.True(t, accept(t, s, delivery(t, anna, "444444", start().Add(2*time.Minute))).Alone)
		},

		"recognises a repeat": func(t *testing.T, s store.Store) {
			first := created(t, s, delivery(t, anna, "111111", start()))
			repeat := delivery(t, anna, "111111", start().Add(time.Minute))
			receipt := accept(t, s, repeat)
			require.Equal(t, courier.Repeated, receipt.Outcome)
			same(t, first, receipt.Delivery)
			_, err := s.Load(t.Context(), repeat.ID)
			require.ErrorIs(t, err, courier.ErrNotFound)
		},

		"tells other messages from a repeat": func(t *testing.T, s store.Store) {
			created(t, s, delivery(t, anna, "111111", start()))
			created(t, s, delivery(t, anna, "111112", start()))
			created(t, s, delivery(t, ben, "111111", start()))
			other := delivery(t, anna, "111111", start())
			other.TemplateType = "verification_code_valid"
			created(t, s, other)
		},

		"knows a repeat after the first has ended": func(t *testing.T, s store.Store) {
			first := created(t, s, delivery(t, anna, "111111", start()))
			first.State = courier.StateDelivered
			_, err := s.Save(t.Context(), first, nil)
			require.NoError(t, err)
			receipt := accept(t, s, delivery(t, anna, "111111", start().Add(time.Minute)))
			require.Equal(t, courier.Repeated, receipt.Outcome)
			require.Equal(t, courier.StateDelivered, receipt.Delivery.State)
		},

		"forgets a repeat once its time is over": func(t *testing.T, s store.Store) {
			first := delivery(t, anna, "111111", start())
			created(t, s, first)
			until := rules(first).RepeatsUntil
			require.Equal(t, courier.Repeated, accept(t, s, delivery(t, anna, "111111", until.Add(-time.Microsecond))).Outcome)
			again := created(t, s, delivery(t, anna, "111111", until))
			require.NotEqual(t, first.ID, again.ID)
			// From now on the second one is what is repeated.
			receipt := accept(t, s, delivery(t, anna, "111111", until.Add(time.Second)))
			require.Equal(t, courier.Repeated, receipt.Outcome)
			require.Equal(t, again.ID, receipt.Delivery.ID)
		},

		"does not take a call that is made again for a repeat": func(t *testing.T, s store.Store) {
			// Whoever does not know whether a call went through makes it again.
			d := delivery(t, anna, "111111", start())
			first := created(t, s, d)
			same(t, first, created(t, s, d))
			// By now someone is carrying it out.
			save(t, s, first)
			require.Equal(t, courier.Repeated, accept(t, s, d).Outcome)
		},

		"takes one of many parallel repeats": func(t *testing.T, s store.Store) {
			answers := acceptTogether(t, s, 20, func(int) string { return "222222" })
			require.Equal(t, map[courier.Outcome]int{courier.Created: 1, courier.Repeated: 19}, outcomes(answers))
			for _, r := range answers {
				require.Equal(t, answers[0].Delivery.ID, r.Delivery.ID)
			}
		},

		"lets no parallel call slip past a quota": func(t *testing.T, s store.Store) {
			answers := acceptTogether(t, s, 20, func(i int) string { return fmt.Sprintf("3333%02d", i) })
			require.Equal(t, map[courier.Outcome]int{courier.Created: 3, courier.Suppressed: 17}, outcomes(answers))
		},

		"slides the window": func(t *testing.T, s store.Store) {
			for i := range 3 {
				created(t, s, delivery(t, anna, fmt.Sprint("44444", i), start().Add(time.Duration(i)*time.Minute)))
			}
			end := start().Add(10 * time.Minute)
			require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, "444443", end.Add(-time.Microsecond))).Outcome)
			// The first one leaves the window, the second is still in it.
			created(t, s, delivery(t, anna, "444444", end))
			require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, "444445", end)).Outcome)
			created(t, s, delivery(t, ben, "444446", end))
		},

		"spends quotas together or not at all": func(t *testing.T, s store.Store) {
			try := func(code string, free, tight int) courier.Outcome {
				d := delivery(t, anna, code, start())
				r := rules(d)
				r.Quotas = []courier.Quota{
					{Name: "free", Max: free, Window: time.Hour, Now: start()},
					{Name: "tight", Max: tight, Window: time.Hour, Now: start()},
				}
				receipt, err := s.Accept(t.Context(), d, r)
				require.NoError(t, err)
				return receipt.Outcome
			}
			require.Equal(t, courier.Created, try("555551", 2, 1))
			require.Equal(t, courier.Suppressed, try("555552", 2, 1))
			require.Equal(t, courier.Suppressed, try("555553", 2, 1))
			require.Equal(t, courier.Created, try("555554", 2, 2))
			require.Equal(t, courier.Suppressed, try("555555", 2, 9))
		},

		"does no harm when the caller has gone": func(t *testing.T, s store.Store) {
			// However early or late the caller leaves, the store is in order
			// afterwards, and the caller's next try tells the truth.
			for i := range 30 {
				d := delivery(t, anna, fmt.Sprint("6666", i), start().Add(time.Duration(i)*time.Hour))
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*20)*time.Microsecond)
				_, gone := s.Accept(ctx, d, rules(d))
				cancel()
				receipt := accept(t, s, d)
				if gone == nil {
					require.Contains(t, []courier.Outcome{courier.Created, courier.Repeated}, receipt.Outcome)
				}
				same(t, receipt.Delivery, load(t, s, d.ID))
			}
		},
	}
}

// acceptTogether accepts n messages for one number at once.
func acceptTogether(t *testing.T, s store.Store, n int, code func(i int) string) []courier.Acceptance {
	t.Helper()
	deliveries := make([]courier.Delivery, n)
	for i := range deliveries {
		deliveries[i] = delivery(t, anna, code(i), start())
	}
	answers, faults := make([]courier.Acceptance, n), make([]error, n)
	together(n, func(i int) {
		answers[i], faults[i] = s.Accept(t.Context(), deliveries[i], rules(deliveries[i]))
	})
	for _, err := range faults {
		require.NoError(t, err)
	}
	return answers
}

func outcomes(answers []courier.Acceptance) map[courier.Outcome]int {
	counts := make(map[courier.Outcome]int)
	for _, r := range answers {
		counts[r.Outcome]++
	}
	return counts
}
