package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// absence is the memory of a number for a day.
func absence(d courier.Delivery, now time.Time) courier.Quota {
	return courier.Quota{Name: "not_there", Subject: d.To.E164(), Max: math.MaxInt32, Window: 24 * time.Hour, Now: now}
}

func knownCases() map[string]func(*testing.T, courier.Store) {
	known := func(t *testing.T, s courier.Store, to, code string, at time.Time) courier.Receipt {
		t.Helper()
		d := delivery(t, to, code, at)
		r := rules(d)
		r.Known = []courier.Quota{absence(d, at)}
		receipt, err := s.Accept(t.Context(), d, r)
		require.NoError(t, err)
		require.Equal(t, receipt.Delivery.Bypass, load(t, s, receipt.Delivery.ID).Bypass)
		return receipt
	}
	return map[string]func(*testing.T, courier.Store){
		"what was learned of a number becomes the next delivery's bypass, for as long as it counts": func(t *testing.T, s courier.Store) {
			first := known(t, s, anna, "800000", start())
			require.Empty(t, first.Delivery.Bypass)
			_, err := s.Save(t.Context(), first.Delivery, absence(first.Delivery, start()))
			require.NoError(t, err)
			require.Equal(t, "not_there", known(t, s, anna, "800001", start().Add(23*time.Hour)).Delivery.Bypass)
			require.Empty(t, known(t, s, ben, "800002", start().Add(time.Hour)).Delivery.Bypass)
			require.Empty(t, known(t, s, anna, "800003", start().Add(24*time.Hour)).Delivery.Bypass)
		},

		"a denied number gets nothing until it is allowed again": func(t *testing.T, s courier.Store) {
			denials, ok := s.(courier.Denials)
			require.True(t, ok, "the store keeps no denials")
			for range 2 {
				require.NoError(t, denials.Deny(t.Context(), phone(t, anna), start()))
			}
			receipt := accept(t, s, delivery(t, anna, "810000", start()))
			require.Equal(t, courier.Suppressed, receipt.Outcome)
			require.Equal(t, courier.ReasonDenied, receipt.Delivery.Reason)
			require.True(t, load(t, s, receipt.Delivery.ID).Code.IsZero())
			created(t, s, delivery(t, ben, "810001", start()))
			for range 2 {
				require.NoError(t, denials.Allow(t.Context(), phone(t, anna)))
			}
			created(t, s, delivery(t, anna, "810002", start()))
		},
	}
}
