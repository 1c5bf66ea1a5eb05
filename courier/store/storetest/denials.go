package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func denialCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"a denied number gets nothing until it is allowed again": func(t *testing.T, s store.Store) {
			for range 2 {
				require.NoError(t, s.Deny(t.Context(), phone(t, anna), start()))
			}
			receipt := accept(t, s, delivery(t, anna, "810000", start()))
			require.Equal(t, courier.Suppressed, receipt.Outcome)
			require.Equal(t, courier.ReasonDenied, receipt.Delivery.Reason)
			require.True(t, load(t, s, receipt.Delivery.ID).Code.IsZero())
			created(t, s, delivery(t, ben, "810001", start()))
			for range 2 {
				require.NoError(t, s.Allow(t.Context(), phone(t, anna)))
			}
			created(t, s, delivery(t, anna, "810002", start()))
		},

		"messages to a denied number spend nothing, and are counted on one record": func(t *testing.T, s store.Store) {
			require.NoError(t, s.Deny(t.Context(), phone(t, anna), start()))
			first := accept(t, s, delivery(t, anna, "811000", start())).Delivery
			for i := range 4 {
				counted := accept(t, s, delivery(t, anna, fmt.Sprint("81100", i+1), start())).Delivery
				require.Equal(t, first.ID, counted.ID)
				require.Equal(t, i+1, counted.Repeats)
			}
			require.NoError(t, s.Allow(t.Context(), phone(t, anna)))
			spendAll(t, s, anna)
		},

		"a denial is for good": func(t *testing.T, s store.Store) {
			require.NoError(t, s.Deny(t.Context(), phone(t, anna), start()))
			years := start().Add(9 * 365 * 24 * time.Hour)
			for _, now := range []time.Time{start(), years} {
				_, err := s.Purge(t.Context(), now, time.Hour, 100)
				require.NoError(t, err)
			}
			require.Equal(t, courier.ReasonDenied, accept(t, s, delivery(t, anna, "812000", years)).Delivery.Reason)
		},
	}
}
