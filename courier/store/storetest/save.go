package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// wamid has Meta's shape and length; the number in it is invented.
const wamid = "wamid.HBgLMTIwMjU1NTAxMTAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"

func saveCases() map[string]func(*testing.T, store.Store) {
	return map[string]func(*testing.T, store.Store){
		"keeps every change": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "800000", start()))
			d.State, d.Reason, d.Repeats = courier.StateSent, "accepted by meta", 2
			d.NoWhatsApp, d.NoSMS, d.Alert = "whatsapp_degraded", "sms_total_limit", "not_requested"
			d.UpdatedAt, d.UsedAt, d.Due = start().Add(time.Second), start().Add(2*time.Second), start().Add(3*time.Second)
			d.ExpiresAt = start().Add(4 * time.Minute)
			d.Attempts = []courier.Attempt{
				{
					N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptFailed, Class: courier.ClassTransient,
					Code: "131016", Reason: "service unavailable", RetryAt: start().Add(4 * time.Second),
					StartedAt: start().Add(5 * time.Second), FailedAt: start().Add(6 * time.Second),
				},
				{
					N: 2, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptRead, Variant: "pt_BR", Receipts: true, KnownAs: "+55*********77",
					StartedAt: start().Add(7 * time.Second), AcceptedAt: start().Add(8 * time.Second), SentAt: start().Add(9 * time.Second),
					DeliveredAt: start().Add(10 * time.Second), ReadAt: start().Add(11 * time.Second),
				},
			}
			saved, err := s.Save(t.Context(), d, nil)
			require.NoError(t, err)
			same(t, saved, load(t, s, d.ID))
			d.Version = 2
			d.Attempts[1].ProviderID = saved.Attempts[1].ProviderID
			same(t, d, saved)
		},

		"updates attempts and adds new ones": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "800000", start()))
			d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending, StartedAt: start()}}
			d = save(t, s, d)
			d.Attempts[0].State, d.Attempts[0].FailedAt = courier.AttemptFailed, start().Add(time.Second)
			d.Attempts = append(d.Attempts, courier.Attempt{N: 2, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptSending})
			d = save(t, s, d)
			require.Len(t, d.Attempts, 2)
			same(t, d, load(t, s, d.ID))
		},

		"refuses an outdated version": func(t *testing.T, s store.Store) {
			old := created(t, s, delivery(t, anna, "800000", start()))
			current := old
			current.Reason = "current"
			current = save(t, s, current)
			old.Reason, old.State = "outdated", courier.StateFailed
			old.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS}}
			_, err := s.Save(t.Context(), old, nil)
			require.ErrorIs(t, err, courier.ErrConflict)
			same(t, current, load(t, s, old.ID))
		},

		"lets one of many parallel saves win": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "800000", start()))
			var won, lost atomic.Int32
			together(20, func(int) {
				switch _, err := s.Save(t.Context(), d, nil); err {
				case nil:
					won.Add(1)
				case courier.ErrConflict:
					lost.Add(1)
				}
			})
			require.EqualValues(t, 1, won.Load())
			require.EqualValues(t, 19, lost.Load())
		},

		"knows only what was accepted": func(t *testing.T, s store.Store) {
			d := delivery(t, anna, "800000", start())
			_, err := s.Save(t.Context(), d, nil)
			require.ErrorIs(t, err, courier.ErrNotFound)
			_, err = s.Load(t.Context(), d.ID)
			require.ErrorIs(t, err, courier.ErrNotFound)
			_, err = s.Load(t.Context(), uuid.Nil)
			require.ErrorIs(t, err, courier.ErrNotFound)
		},

		"erases the code with the end": func(t *testing.T, s store.Store) {
			for _, state := range []courier.State{
				courier.StateDelivered, courier.StateRead, courier.StateHandedOver, courier.StateFailed,
				courier.StateExpired, courier.StateCancelled, courier.StateSuperseded,
			} {
				d := delivery(t, anna, "code-"+string(state), start())
				d, err := accepted(t, s, d)
				require.NoError(t, err)
				d.State, d.Due = courier.StateSent, time.Time{}
				d = save(t, s, d)
				require.Equal(t, "code-"+string(state), load(t, s, d.ID).Code.Reveal(), "a live delivery keeps its code")
				d.State, d.UpdatedAt = state, start().Add(time.Second)
				d = save(t, s, d)
				require.True(t, d.Code.IsZero())
				require.Equal(t, start().Add(time.Second), d.EndedAt)
				same(t, d, load(t, s, d.ID))
			}
		},

		"brings nothing back to life": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "800000", start()))
			d.State = courier.StateExpired
			ended := save(t, s, d)
			revived := ended
			revived.State = courier.StateSent
			_, err := s.Save(t.Context(), revived, nil)
			require.Error(t, err)
			same(t, ended, load(t, s, d.ID))
			// From one end to another is fine: a late receipt.
			ended.State = courier.StateDelivered
			same(t, save(t, s, ended), load(t, s, d.ID))
		},

		"keeps the end of a provider's id and finds it by all of it": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "800000", start()))
			// An attempt is stored before its request, and gets the id by the answer.
			d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending}}
			d = save(t, s, d)
			d.Attempts[0].ProviderID, d.Attempts[0].State = wamid, courier.AttemptAccepted
			d = save(t, s, d)
			require.Equal(t, "…"+wamid[len(wamid)-6:], d.Attempts[0].ProviderID)
			d = load(t, s, d.ID)
			require.Equal(t, "…"+wamid[len(wamid)-6:], d.Attempts[0].ProviderID)
			// A save that knows only the end, or nothing, forgets nothing.
			d = save(t, s, d)
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{Provider: "meta", ProviderID: wamid}))
			d.Attempts[0].ProviderID = ""
			save(t, s, d)
			require.Equal(t, []courier.ID{d.ID}, find(t, s, courier.Query{Provider: "meta", ProviderID: wamid}))
			require.Equal(t, "…"+wamid[len(wamid)-6:], load(t, s, d.ID).Attempts[0].ProviderID)
		},

		"spends its quotas or writes nothing": func(t *testing.T, s store.Store) {
			quota := courier.Quota{Name: "sms_total", Max: 1, Window: time.Hour, Now: start()}
			first := created(t, s, delivery(t, anna, "800001", start()))
			second := created(t, s, delivery(t, anna, "800002", start()))
			saved, err := s.Save(t.Context(), first, nil, quota)
			require.NoError(t, err)

			changed := second
			changed.State = courier.StateFallback
			changed.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS, State: courier.AttemptSending}}
			_, err = s.Save(t.Context(), changed, nil, quota)
			var spent *courier.QuotaError
			require.ErrorAs(t, err, &spent)
			require.Equal(t, "sms_total", spent.Quota)
			same(t, second, load(t, s, second.ID))

			// What is refused for its version spends nothing either.
			roomy := quota
			roomy.Max, roomy.Now = 2, start().Add(time.Second)
			_, err = s.Save(t.Context(), first, nil, roomy)
			require.ErrorIs(t, err, courier.ErrConflict)
			_, err = s.Save(t.Context(), changed, nil, roomy)
			require.NoError(t, err)

			quota.Now = roomy.Now.Add(time.Hour)
			_, err = s.Save(t.Context(), saved, nil, quota)
			require.NoError(t, err, "the window has moved on")
		},

		"lets no parallel save slip past a quota": func(t *testing.T, s store.Store) {
			deliveries := make([]courier.Delivery, 20)
			for i := range deliveries {
				var err error
				deliveries[i], err = accepted(t, s, delivery(t, anna, uuid.NewString(), start()))
				require.NoError(t, err)
			}
			var saved, refused atomic.Int32
			together(len(deliveries), func(i int) {
				_, err := s.Save(t.Context(), deliveries[i], nil, courier.Quota{Name: "sms_total", Max: 3, Window: time.Hour, Now: start()})
				switch err.(type) {
				case nil:
					saved.Add(1)
				case *courier.QuotaError:
					refused.Add(1)
				}
			})
			require.EqualValues(t, 3, saved.Load())
			require.EqualValues(t, 17, refused.Load())
		},
	}
}

// accepted stores a delivery without quotas.
func accepted(t *testing.T, s store.Store, d courier.Delivery) (courier.Delivery, error) {
	t.Helper()
	receipt, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
	return receipt.Delivery, err
}

func save(t *testing.T, s store.Store, d courier.Delivery) courier.Delivery {
	t.Helper()
	saved, err := s.Save(t.Context(), d, nil)
	require.NoError(t, err)
	require.Equal(t, d.Version+1, saved.Version)
	return saved
}
