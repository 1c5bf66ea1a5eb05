package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func tokenCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"finds the delivery that came with it, without its code": func(t *testing.T, s store.Store) {
			d := withToken(t, s, delivery(t, anna, "990000", start()), 1).Delivery
			other := withToken(t, s, delivery(t, ben, "990001", start()), 2).Delivery
			got := byToken(t, s, 1)
			require.True(t, got.Code.IsZero())
			got.Code = d.Code
			same(t, d, got)
			require.Equal(t, other.ID, byToken(t, s, 2).ID)
			nothing(t, s, token(t, 3))
			nothing(t, s, courier.Token{})
		},

		"a message without one leaves nothing to find": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "990010", start()))
			nothing(t, s, courier.Token{})
			require.NotEqual(t, d.ID, withToken(t, s, delivery(t, anna, "990011", start()), 1).Delivery.ID)
		},

		"finds the newest of several": func(t *testing.T, s store.Store) {
			withToken(t, s, delivery(t, anna, "990020", start()), 1)
			second := withToken(t, s, delivery(t, anna, "990021", start().Add(time.Minute)), 1).Delivery
			require.Equal(t, second.ID, byToken(t, s, 1).ID)
		},

		"a repeat of Kratos changes nothing": func(t *testing.T, s store.Store) {
			first := withToken(t, s, delivery(t, anna, "990030", start()), 1).Delivery
			second := withToken(t, s, delivery(t, anna, "990031", start().Add(time.Second)), 1).Delivery
			repeat := withToken(t, s, delivery(t, anna, "990030", start().Add(2*time.Second)), 1)
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, first.ID, repeat.Delivery.ID)
			require.Equal(t, second.ID, byToken(t, s, 1).ID)
		},

		"finds a message that a limit held back, and one that was counted on it": func(t *testing.T, s store.Store) {
			spendAll(t, s, anna)
			first := withToken(t, s, delivery(t, anna, "990040", start()), 1)
			second := withToken(t, s, delivery(t, anna, "990041", start()), 2)
			require.Equal(t, courier.Suppressed, second.Outcome)
			for n := 1; n <= 2; n++ {
				got := byToken(t, s, n)
				require.Equal(t, first.Delivery.ID, got.ID)
				require.Equal(t, "number_limit", got.Reason)
			}
		},

		"shows what became of it, after its end too": func(t *testing.T, s store.Store) {
			d := withToken(t, s, delivery(t, anna, "990050", start()), 1).Delivery
			d.State, d.EndedAt = courier.StateDelivered, start().Add(time.Second)
			saved := save(t, s, d)
			same(t, saved, byToken(t, s, 1))
		},

		"is forgotten when its time is over, and its delivery is not": func(t *testing.T, s store.Store) {
			d := withToken(t, s, delivery(t, anna, "990060", start()), 1).Delivery
			end := d.ExpiresAt.Add(time.Hour)
			purge(t, s, end.Add(-time.Microsecond), 100) // repeats and limits are over long before
			require.Equal(t, d.ID, byToken(t, s, 1).ID)
			require.Equal(t, 1, purge(t, s, end, 100))
			nothing(t, s, token(t, 1))
			load(t, s, d.ID)
			require.Zero(t, purge(t, s, end, 100))
		},

		"many at once, for one number and with one token": func(t *testing.T, s store.Store) {
			faults := make([]error, 16)
			together(len(faults), func(i int) {
				d := delivery(t, anna, fmt.Sprint(991000+i), start())
				r := rules(d)
				r.Token, r.TokenUntil, r.Quotas = token(t, i%2), d.ExpiresAt, nil
				_, faults[i] = s.Accept(t.Context(), d, r)
			})
			require.Equal(t, make([]error, len(faults)), faults)
			require.NotEqual(t, byToken(t, s, 0).ID, byToken(t, s, 1).ID)
		},
	}
}

func token(t *testing.T, n int) courier.Token {
	t.Helper()
	token, err := courier.NewToken(fmt.Sprintf("%032x", n))
	require.NoError(t, err)
	return token
}

// withToken stores a delivery by the usual rules, with token n, which is good for an hour
// after the code.
func withToken(t *testing.T, s store.Store, d courier.Delivery, n int) courier.Acceptance {
	t.Helper()
	r := rules(d)
	r.Token, r.TokenUntil = token(t, n), d.ExpiresAt.Add(time.Hour)
	got, err := s.Accept(t.Context(), d, r)
	require.NoError(t, err)
	return got
}

func byToken(t *testing.T, s store.Store, n int) courier.Delivery {
	t.Helper()
	d, err := s.ByToken(t.Context(), token(t, n))
	require.NoError(t, err)
	return d
}

func nothing(t *testing.T, s store.Store, token courier.Token) {
	t.Helper()
	_, err := s.ByToken(t.Context(), token)
	require.ErrorIs(t, err, courier.ErrNotFound)
}
