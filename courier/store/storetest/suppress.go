package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func suppressCases() map[string]func(*testing.T, courier.Store) {
	return map[string]func(*testing.T, courier.Store){
		"names the quota and keeps no code": func(t *testing.T, s courier.Store) {
			spendAll(t, s, anna)
			d := delivery(t, anna, "700000", start().Add(time.Minute))
			receipt := accept(t, s, d)
			require.Equal(t, courier.Suppressed, receipt.Outcome)
			got := load(t, s, d.ID)
			same(t, got, receipt.Delivery)
			require.Equal(t, courier.StateSuppressed, got.State)
			require.Equal(t, "number_limit", got.Reason)
			require.Equal(t, anna, got.To.E164())
			require.True(t, got.Code.IsZero())
			require.Equal(t, d.AcceptedAt, got.EndedAt)
			require.Zero(t, got.Due)
			require.Zero(t, got.Repeats)
		},

		"counts many on one record": func(t *testing.T, s courier.Store) {
			spendAll(t, s, anna)
			first := accept(t, s, delivery(t, anna, "700000", start())).Delivery
			second := delivery(t, anna, "700001", start().Add(time.Minute))
			receipt := accept(t, s, second)
			require.Equal(t, courier.Suppressed, receipt.Outcome)
			require.Equal(t, first.ID, receipt.Delivery.ID)
			require.Equal(t, 1, receipt.Delivery.Repeats)
			require.Equal(t, second.AcceptedAt, receipt.Delivery.UpdatedAt)
			require.Equal(t, first.AcceptedAt, receipt.Delivery.AcceptedAt)
			same(t, receipt.Delivery, load(t, s, first.ID))
			_, err := s.Load(t.Context(), second.ID)
			require.ErrorIs(t, err, courier.ErrNotFound)
			require.Equal(t, 2, accept(t, s, delivery(t, anna, "700002", start().Add(2*time.Minute))).Delivery.Repeats)
		},

		"never takes one recipient that is no number for another": func(t *testing.T, s courier.Store) {
			suppressed := func(identity string, purpose courier.Purpose) courier.Delivery {
				d := delivery(t, anna, "720000", start())
				d.To, d.Identity, d.Purpose = courier.Phone{}, identity, purpose
				d.State, d.Reason = courier.StateSuppressed, courier.ReasonNotAPhone
				receipt := accept(t, s, d)
				require.Equal(t, courier.Suppressed, receipt.Outcome)
				return receipt.Delivery
			}
			login := suppressed("one", courier.Login)
			verification := suppressed("two", courier.Verification)
			require.NotEqual(t, login.ID, verification.ID)
			require.Equal(t, "two", verification.Identity)
			require.Equal(t, courier.Verification, verification.Purpose)
			require.Zero(t, load(t, s, login.ID).Repeats)
		},

		"starts a new record after a while, for another number and for another reason": func(t *testing.T, s courier.Store) {
			suppressed := func(to, code, reason string, at time.Time) courier.Receipt {
				d := delivery(t, to, code, at)
				d.State, d.Reason = courier.StateSuppressed, reason
				receipt := accept(t, s, d)
				require.Equal(t, courier.Suppressed, receipt.Outcome)
				return receipt
			}
			first := suppressed(anna, "710000", "country_forbidden", start()).Delivery.ID
			require.Equal(t, first, suppressed(anna, "710001", "country_forbidden", start().Add(10*time.Minute-time.Microsecond)).Delivery.ID)
			require.NotEqual(t, first, suppressed(anna, "710002", "country_forbidden", start().Add(10*time.Minute)).Delivery.ID)
			require.NotEqual(t, first, suppressed(ben, "710003", "country_forbidden", start()).Delivery.ID)
			require.NotEqual(t, first, suppressed(anna, "710004", "no_code", start()).Delivery.ID)
		},

		"spends nothing": func(t *testing.T, s courier.Store) {
			for i := range 5 {
				d := delivery(t, anna, fmt.Sprint("72000", i), start())
				d.State, d.Reason = courier.StateSuppressed, "country_forbidden"
				require.Equal(t, courier.Suppressed, accept(t, s, d).Outcome)
			}
			spendAll(t, s, anna)
			for i := range 5 {
				require.Equal(t, courier.Suppressed, accept(t, s, delivery(t, anna, fmt.Sprint("73000", i), start())).Outcome)
			}
			// Had they counted, the window would still be full.
			created(t, s, delivery(t, anna, "740000", start().Add(10*time.Minute)))
		},

		"counts a repeat once and never lets it through": func(t *testing.T, s courier.Store) {
			at := start()
			for i := range 3 {
				created(t, s, delivery(t, anna, fmt.Sprint("75000", i), at.Add(-5*time.Minute)))
			}
			first := accept(t, s, delivery(t, anna, "760000", at)).Delivery
			require.Equal(t, courier.StateSuppressed, first.State)
			// The window has room again, and Kratos posts the message once more.
			repeat := accept(t, s, delivery(t, anna, "760000", at.Add(6*time.Minute)))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, first.ID, repeat.Delivery.ID)
			require.Zero(t, repeat.Delivery.Repeats)
		},

		"knows a repeat of a message that was only counted": func(t *testing.T, s courier.Store) {
			spendAll(t, s, anna)
			first := accept(t, s, delivery(t, anna, "770000", start())).Delivery
			accept(t, s, delivery(t, anna, "770001", start()))
			repeat := accept(t, s, delivery(t, anna, "770001", start()))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, first.ID, repeat.Delivery.ID)
			require.Equal(t, 1, repeat.Delivery.Repeats)
		},

		"takes messages without a number and without a code": func(t *testing.T, s courier.Store) {
			suppressed := func(reason string) courier.Receipt {
				d := delivery(t, anna, "780000", start())
				d.To, d.Code = courier.Phone{}, courier.Code{}
				d.State, d.Reason = courier.StateSuppressed, reason
				return accept(t, s, d)
			}
			first := suppressed("not_a_phone")
			require.Equal(t, courier.Suppressed, first.Outcome)
			require.True(t, first.Delivery.To.IsZero())
			same(t, first.Delivery, load(t, s, first.Delivery.ID))
			// Without a number nothing tells whether it is the same person's.
			require.NotEqual(t, first.Delivery.ID, suppressed("not_a_phone").Delivery.ID)
			require.NotEqual(t, first.Delivery.ID, suppressed("no_code").Delivery.ID)
		},
	}
}

// spendAll uses up a number's quota.
func spendAll(t *testing.T, s courier.Store, to string) {
	t.Helper()
	for i := range 3 {
		created(t, s, delivery(t, to, fmt.Sprint("spent", i), start()))
	}
}
