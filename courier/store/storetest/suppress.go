package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func suppressCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"names the quota and keeps no code": func(t *testing.T, s store.Store) {
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

		"counts many on one record": func(t *testing.T, s store.Store) {
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

		"starts a new record after a while, for another number and for another reason": func(t *testing.T, s store.Store) {
			suppressed := func(to, code, reason string, at time.Time) courier.Acceptance {
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

		"spends nothing": func(t *testing.T, s store.Store) {
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

		"counts a repeat once and never lets it through": func(t *testing.T, s store.Store) {
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

		"knows a repeat of a message that was only counted": func(t *testing.T, s store.Store) {
			spendAll(t, s, anna)
			first := accept(t, s, delivery(t, anna, "770000", start())).Delivery
			accept(t, s, delivery(t, anna, "770001", start()))
			repeat := accept(t, s, delivery(t, anna, "770001", start()))
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, first.ID, repeat.Delivery.ID)
			require.Equal(t, 1, repeat.Delivery.Repeats)
		},

		"counts on a record only what it says": func(t *testing.T, s store.Store) {
			suppressed := func(change func(*courier.Delivery)) courier.ID {
				d := delivery(t, anna, "775000", start())
				d.Code, d.State, d.Reason = courier.Code{}, courier.StateSuppressed, "no_code"
				change(&d)
				receipt := accept(t, s, d)
				require.Equal(t, courier.Suppressed, receipt.Outcome)
				require.Equal(t, d.Purpose, receipt.Delivery.Purpose)
				require.Equal(t, d.Identity, receipt.Delivery.Identity)
				return receipt.Delivery.ID
			}
			first := suppressed(func(*courier.Delivery) {})
			require.Equal(t, first, suppressed(func(*courier.Delivery) {}))
			require.NotEqual(t, first, suppressed(func(d *courier.Delivery) {
				d.TemplateType, d.Purpose = "verification_code_valid", courier.Verification
			}))
			require.NotEqual(t, first, suppressed(func(d *courier.Delivery) { d.Identity = "someone else" }))
		},

		"never merges messages whose recipient is no number": func(t *testing.T, s store.Store) {
			unreadable := func(code, identity string) courier.Acceptance {
				d := delivery(t, anna, code, start())
				d.To, d.Identity = courier.Phone{}, identity
				d.State, d.Reason = courier.StateSuppressed, "not_a_phone"
				receipt := accept(t, s, d)
				if receipt.Outcome != courier.Repeated {
					require.Equal(t, courier.Suppressed, receipt.Outcome)
					require.Equal(t, d.ID, receipt.Delivery.ID)
				}
				same(t, receipt.Delivery, load(t, s, receipt.Delivery.ID))
				require.True(t, receipt.Delivery.To.IsZero())
				require.Equal(t, identity, receipt.Delivery.Identity)
				require.Zero(t, receipt.Delivery.Repeats)
				return receipt
			}
			first := unreadable("780000", "someone")
			require.Equal(t, courier.Suppressed, first.Outcome)
			require.Equal(t, courier.Suppressed, unreadable("780001", "someone").Outcome)
			require.Equal(t, courier.Suppressed, unreadable("780000", "someone else").Outcome, "another person, and by chance the same code")
			repeat := unreadable("780000", "someone")
			require.Equal(t, courier.Repeated, repeat.Outcome)
			require.Equal(t, first.Delivery.ID, repeat.Delivery.ID)
			// Nothing tells these from repeats.
			require.Equal(t, courier.Suppressed, unreadable("780000", "").Outcome)
			require.Equal(t, courier.Suppressed, unreadable("780000", "").Outcome)
		},

		"takes messages without a number and without a code": func(t *testing.T, s store.Store) {
			for range 2 {
				d := delivery(t, anna, "785000", start())
				d.To, d.Code = courier.Phone{}, courier.Code{}
				d.State, d.Reason = courier.StateSuppressed, "no_code"
				receipt := accept(t, s, d)
				require.Equal(t, courier.Suppressed, receipt.Outcome)
				require.Equal(t, d.ID, receipt.Delivery.ID)
				require.True(t, receipt.Delivery.To.IsZero())
				same(t, receipt.Delivery, load(t, s, d.ID))
			}
		},
	}
}

// spendAll uses up a number's quota.
func spendAll(t *testing.T, s store.Store, to string) {
	t.Helper()
	for i := range 3 {
		created(t, s, delivery(t, to, fmt.Sprint("spent", i), start()))
	}
}
