package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// budget allows three events in an hour.
func budget(at time.Time, act courier.Act) courier.Quota {
	return courier.Quota{Name: "sms_total", Max: 3, Window: time.Hour, Now: at, Act: act}
}

func ledgerCases() map[string]func(*testing.T, store.Store) {
	spend := func(t *testing.T, s store.Store, d courier.Delivery, quotas ...courier.Quota) (courier.Delivery, error) {
		t.Helper()
		return s.Save(t.Context(), d, nil, quotas...)
	}
	return map[string]func(*testing.T, store.Store){
		"a place that is given back is free, and no other": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "850000", start()))
			other := created(t, s, delivery(t, ben, "850001", start()))
			var err error
			for i := range 2 {
				d, err = spend(t, s, d, budget(start().Add(time.Duration(i)*time.Second), courier.Enter))
				require.NoError(t, err)
			}
			other, err = spend(t, s, other, budget(start(), courier.Enter))
			require.NoError(t, err)
			_, err = spend(t, s, d, budget(start().Add(2*time.Second), courier.Enter))
			require.ErrorAs(t, err, new(*courier.QuotaError))
			d, err = spend(t, s, d, budget(start(), courier.TakeBack), budget(start().Add(9*time.Second), courier.TakeBack))
			require.NoError(t, err, "giving back what was not taken is no error")
			other, err = spend(t, s, other, budget(start().Add(3*time.Second), courier.Enter))
			require.NoError(t, err)
			_, err = spend(t, s, other, budget(start().Add(4*time.Second), courier.Enter))
			require.ErrorAs(t, err, new(*courier.QuotaError))
			_, err = spend(t, s, d, budget(start().Add(4*time.Second), courier.Enter))
			require.ErrorAs(t, err, new(*courier.QuotaError))
		},

		"a spent quota changes nothing, given back or not": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "850000", start()))
			var err error
			for i := range 3 {
				d, err = spend(t, s, d, budget(start().Add(time.Duration(i)*time.Second), courier.Enter))
				require.NoError(t, err)
			}
			full := courier.Quota{Name: "full", Max: 0, Window: time.Hour, Now: start()}
			_, err = spend(t, s, d, budget(start(), courier.TakeBack), full)
			require.ErrorAs(t, err, new(*courier.QuotaError))
			_, err = spend(t, s, d, budget(start().Add(time.Minute), courier.Enter))
			require.ErrorAs(t, err, new(*courier.QuotaError), "the place is still taken")
		},

		"a save that conflicts gives nothing back": func(t *testing.T, s store.Store) {
			old := created(t, s, delivery(t, anna, "850000", start()))
			d, err := spend(t, s, old, courier.Quota{Name: "one", Max: 1, Window: time.Hour, Now: start()})
			require.NoError(t, err)
			_, err = spend(t, s, old, courier.Quota{Name: "one", Max: 1, Window: time.Hour, Now: start(), Act: courier.TakeBack})
			require.ErrorIs(t, err, courier.ErrConflict)
			_, err = spend(t, s, d, courier.Quota{Name: "one", Max: 1, Window: time.Hour, Now: start().Add(time.Second)})
			require.ErrorAs(t, err, new(*courier.QuotaError))
		},

		"20 at once that give back and take never hold more places than there are": func(t *testing.T, s store.Store) {
			deliveries := make([]courier.Delivery, 20)
			for i := range deliveries {
				d, err := accepted(t, s, delivery(t, anna, fmt.Sprintf("86%04d", i), start()))
				require.NoError(t, err)
				deliveries[i] = d
			}
			held := make([]bool, len(deliveries))
			together(len(deliveries), func(i int) {
				at := start().Add(time.Duration(i) * time.Millisecond)
				d, err := s.Save(t.Context(), deliveries[i], nil, budget(at.Add(time.Minute), courier.Enter))
				if err != nil {
					return
				}
				if held[i] = i%2 == 0; !held[i] {
					_, _ = s.Save(t.Context(), d, nil, budget(at.Add(time.Minute), courier.TakeBack))
				}
			})
			taken := 0
			for _, h := range held {
				if h {
					taken++
				}
			}
			require.LessOrEqual(t, taken, 3)
			last := created(t, s, delivery(t, ben, "869999", start()))
			for free := 3 - taken; free > 0; free-- {
				var err error
				last, err = spend(t, s, last, budget(start().Add(5*time.Minute+time.Duration(free)*time.Second), courier.Enter))
				require.NoError(t, err, "%d of 3 are taken", taken)
			}
			_, err := spend(t, s, last, budget(start().Add(6*time.Minute), courier.Enter))
			require.ErrorAs(t, err, new(*courier.QuotaError))
		},

		"a memory is forgotten up to an instant, and what a delivery itself had learned": func(t *testing.T, s store.Store) {
			knows := func(code string, at time.Time) bool {
				d := delivery(t, anna, code, at)
				r := rules(d)
				r.Quotas, r.Memories = nil, []courier.Quota{absence(d, at)}
				receipt, err := s.Accept(t.Context(), d, r)
				require.NoError(t, err)
				return receipt.Delivery.NoWhatsApp != ""
			}
			minute := func(n int) time.Time { return start().Add(time.Duration(n) * time.Minute) }
			d := created(t, s, delivery(t, anna, "870000", start()))
			d, err := spend(t, s, d, absence(d, minute(1)))
			require.NoError(t, err)
			early := absence(d, minute(0))
			require.NoError(t, s.Forget(t.Context(), early))
			require.True(t, knows("870001", minute(2)), "learned after that")
			require.NoError(t, s.Forget(t.Context(), absence(d, minute(1))))
			require.False(t, knows("870002", minute(3)))
			d, err = spend(t, s, d, absence(d, minute(4)))
			require.NoError(t, err)
			own := absence(d, minute(0))
			own.Act = courier.Forget
			_, err = spend(t, s, d, own)
			require.NoError(t, err)
			require.False(t, knows("870003", minute(5)), "the same message has arrived")
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
				d, err = s.Save(t.Context(), d, nil, q)
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
	}
}
