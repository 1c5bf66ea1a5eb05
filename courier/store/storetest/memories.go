package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// absence is the memory of a number for a day.
func absence(d courier.Delivery, now time.Time) courier.Quota {
	return courier.Quota{Name: "not_there", Subject: d.To.E164(), Max: math.MaxInt32, Window: 24 * time.Hour, Now: now}
}

func knownCases() map[string]func(*testing.T, store.Store) {
	known := func(t *testing.T, s store.Store, to, code string, at time.Time) courier.Acceptance {
		t.Helper()
		d := delivery(t, to, code, at)
		r := rules(d)
		r.Memories = []courier.Quota{absence(d, at)}
		receipt, err := s.Accept(t.Context(), d, r)
		require.NoError(t, err)
		require.Equal(t, receipt.Delivery.NoWhatsApp, load(t, s, receipt.Delivery.ID).NoWhatsApp)
		require.Empty(t, receipt.Delivery.NoSMS)
		return receipt
	}
	return map[string]func(*testing.T, store.Store){
		"what was learned of a number leaves WhatsApp out of the next delivery, for as long as it counts": func(t *testing.T, s store.Store) {
			first := known(t, s, anna, "800000", start())
			require.Empty(t, first.Delivery.NoWhatsApp)
			_, err := s.Save(t.Context(), first.Delivery, absence(first.Delivery, start()))
			require.NoError(t, err)
			require.Equal(t, "not_there", known(t, s, anna, "800001", start().Add(23*time.Hour)).Delivery.NoWhatsApp)
			require.Empty(t, known(t, s, ben, "800002", start().Add(time.Hour)).Delivery.NoWhatsApp)
			require.Empty(t, known(t, s, anna, "800003", start().Add(24*time.Hour)).Delivery.NoWhatsApp)
		},

		"the latest events of a quota are counted within its window": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "820000", start()))
			entry := func(subject string, second int) courier.Quota {
				return courier.Quota{
					Name: "codes", Subject: subject, Max: courier.Unlimited, Window: time.Minute,
					Now: start().Add(time.Duration(second) * time.Second),
				}
			}
			for _, q := range []courier.Quota{
				entry("+1202", 10), entry("+1202", 20), entry("+1202", 30), entry("+1202", 30), entry("+44", 15),
				{Name: "other", Subject: "+1202", Max: courier.Unlimited, Window: time.Minute, Now: start()},
			} {
				var err error
				d, err = s.Save(t.Context(), d, q)
				require.NoError(t, err)
			}
			for name, c := range map[string]struct {
				subject   string
				now, most int
				count     int
				oldest    int
			}{
				"all":                       {"+1202", 69, 9, 3, 10},
				"an event counts once":      {"+1202", 30, 9, 3, 10},
				"not what is yet to come":   {"+1202", 29, 9, 2, 10},
				"the window's start is out": {"+1202", 70, 9, 2, 20},
				"only the latest":           {"+1202", 69, 2, 2, 20},
				"another subject":           {"+44", 69, 9, 1, 15},
			} {
				count, oldest, err := s.Latest(t.Context(), entry(c.subject, c.now), c.most)
				require.NoError(t, err)
				require.Equal(t, c.count, count, name)
				require.True(t, entry("", c.oldest).Now.Equal(oldest), name)
			}
			count, oldest, err := s.Latest(t.Context(), entry("+33", 30), 9)
			require.NoError(t, err)
			require.Zero(t, count)
			require.Zero(t, oldest)
		},

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
	}
}
