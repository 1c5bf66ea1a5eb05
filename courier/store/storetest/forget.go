package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func forgetCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a number is taken out of what has ended": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "970000", start()))
			d.State, d.Attempts = courier.StateDelivered, twoAttempts()
			d.Attempts[0].KnownAs = "+1********43"
			save(t, s, d)
			live := created(t, s, delivery(t, anna, "970001", start().Add(time.Second)))
			other := created(t, s, delivery(t, ben, "970002", start()))
			over(t, s, other)

			n, err := s.EraseNumber(t.Context(), phone(t, anna))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			erased := peek(t, s, d.ID)
			require.True(t, erased.To.IsZero())
			require.Empty(t, erased.Attempts[0].KnownAs)
			require.Equal(t, "US", erased.Country)
			require.Equal(t, anna, load(t, s, live.ID).To.E164())
			require.Equal(t, "970001", load(t, s, live.ID).Code.Reveal())
			require.Equal(t, ben, peek(t, s, other.ID).To.E164())
			found, err := s.Find(t.Context(), courier.Query{To: phone(t, anna)})
			require.NoError(t, err)
			require.Equal(t, []courier.ID{live.ID}, found)

			n, err = s.EraseNumber(t.Context(), phone(t, anna))
			require.NoError(t, err)
			require.Zero(t, n)
		},

		"what is remembered of a number is not written back": func(t *testing.T, s store.Store) {
			d := over(t, s, created(t, s, delivery(t, anna, "970100", start())))
			_, err := s.EraseNumber(t.Context(), phone(t, anna))
			require.NoError(t, err)
			_, err = s.Save(t.Context(), d, nil)
			require.ErrorIs(t, err, courier.ErrConflict)
		},

		"a number is taken out of many deliveries": func(t *testing.T, s store.Store) {
			const many = 120
			for i := range many {
				d, err := accepted(t, s, delivery(t, anna, fmt.Sprint("code", i), start()))
				require.NoError(t, err)
				d.State = courier.StateDelivered
				save(t, s, d)
			}
			n, err := s.EraseNumber(t.Context(), phone(t, anna))
			require.NoError(t, err)
			require.Equal(t, many, n)
		},

		"a number that wants no messages is known": func(t *testing.T, s store.Store) {
			denied := func() bool {
				denied, err := s.Denied(t.Context(), phone(t, anna))
				require.NoError(t, err)
				return denied
			}
			require.False(t, denied())
			require.NoError(t, s.Deny(t.Context(), phone(t, anna), start()))
			require.True(t, denied())
			_, err := s.EraseNumber(t.Context(), phone(t, anna))
			require.NoError(t, err)
			require.True(t, denied(), "it is not forgotten")
			require.NoError(t, s.Allow(t.Context(), phone(t, anna)))
			require.False(t, denied())
		},
	}
}
