package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

func entryCases() map[string]func(*testing.T, Open) {
	owed := courier.RevocationsOwed
	events := func(t *testing.T, s store.Store, now time.Time, n int) []courier.Event {
		t.Helper()
		found, err := s.Events(t.Context(), owed(now), n)
		require.NoError(t, err)
		return found
	}
	return map[string]func(*testing.T, Open){
		"what a save owes is found, the oldest first, by whoever opens the store, until it is taken back": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			var want []courier.Event
			for i, code := range []string{"996000", "996001", "996002"} {
				at := start().Add(time.Duration(3-i) * time.Second)
				d := created(t, s, delivery(t, anna, code, start()))
				d.Alert = courier.AlertNotRequested
				_, err := s.Save(t.Context(), d, nil, owed(at))
				require.NoError(t, err)
				want = append([]courier.Event{{Delivery: d.ID, At: at}}, want...)
			}
			require.NoError(t, s.Close())

			s = open(t, secrets(t, "first"))
			later := start().Add(24 * time.Hour)
			require.Equal(t, want, events(t, s, later, 9))
			require.Equal(t, want[:2], events(t, s, later, 2))
			require.Len(t, events(t, s, start(), 9), 3, "the clock of who has noted it may be ahead")
			purge(t, s, later, 100)
			require.Equal(t, want, events(t, s, later, 9))

			paid := owed(want[1].At)
			paid.Act = courier.TakeBack
			for range 2 {
				require.NoError(t, s.Enter(t.Context(), want[1].Delivery, paid))
			}
			require.Equal(t, []courier.Event{want[0], want[2]}, events(t, s, later, 9))
			require.NoError(t, s.Enter(t.Context(), want[0].Delivery, owed(later)))
			require.Len(t, events(t, s, later, 9), 3)
			require.Equal(t, courier.Event{Delivery: want[0].Delivery, At: later}, events(t, s, later, 9)[2], "again")
			require.Empty(t, events(t, s, later.Add(60*24*time.Hour), 9))
		},

		"a save that fails owes nothing": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			d := created(t, s, delivery(t, anna, "996010", start()))
			save(t, s, d)
			_, err := s.Save(t.Context(), d, nil, owed(start()))
			require.ErrorIs(t, err, courier.ErrConflict)
			_, err = s.Save(t.Context(), load(t, s, d.ID), nil, owed(start()), courier.Quota{Name: "full", Max: 0, Window: time.Hour, Now: start()})
			require.ErrorAs(t, err, new(*courier.QuotaError))
			require.Empty(t, events(t, s, start(), 9))
		},

		"events of no delivery are counted, up to their limit": func(t *testing.T, open Open) {
			s := open(t, secrets(t, "first"))
			once := courier.Quota{Name: "once", Subject: anna, Max: 1, Window: time.Hour, Now: start()}
			require.NoError(t, s.Enter(t.Context(), courier.ID{}, once))
			n, _, err := s.Latest(t.Context(), once, 9)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			once.Now = start().Add(time.Minute)
			require.ErrorAs(t, s.Enter(t.Context(), courier.ID{}, once), new(*courier.QuotaError))
		},
	}
}
