package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// counted are the counts of a report that are not zero, by their measure.
func counted(t *testing.T, s store.Store, by courier.Grouping, from, until time.Time) (lines map[string]map[courier.Measure]int, reasons map[courier.Reason]int) {
	t.Helper()
	tallies, err := s.Tallies(t.Context(), courier.TallyQuery{By: by, From: from, Until: until})
	require.NoError(t, err)
	all, total := courier.SumUp(by, tallies, nil)
	lines = map[string]map[courier.Measure]int{}
	for _, line := range all {
		counts := map[courier.Measure]int{}
		for m := courier.MeasureMessages; m <= courier.MeasureFailed; m++ {
			if n := line.Counts[m]; n != 0 {
				counts[m] = n
			}
		}
		lines[line.Key] = counts
	}
	return lines, total.Reasons
}

type counts = map[courier.Measure]int

func tallyCases() map[string]func(*testing.T, store.Store) {
	hour := start().Truncate(time.Hour)
	return map[string]func(*testing.T, store.Store){
		"accepted messages count for their hour, country and purpose": func(t *testing.T, s store.Store) {
			created(t, s, delivery(t, anna, "111111", start()))
			created(t, s, delivery(t, anna, "222222", start()))
			created(t, s, delivery(t, ben, "333333", start().Add(time.Hour)))
			for by, want := range map[courier.Grouping]map[string]counts{
				courier.ByHour:    {"2026-11-21T09:00:00Z": {courier.MeasureMessages: 2}, "2026-11-21T10:00:00Z": {courier.MeasureMessages: 1}},
				courier.ByDay:     {"2026-11-21": {courier.MeasureMessages: 3}},
				courier.ByCountry: {"US": {courier.MeasureMessages: 2}, "GB": {courier.MeasureMessages: 1}},
				courier.ByPurpose: {"login": {courier.MeasureMessages: 3}},
				courier.ByChannel: {},
			} {
				for _, length := range []time.Duration{2 * time.Hour, 30 * 24 * time.Hour} {
					lines, _ := counted(t, s, by, hour, hour.Add(length))
					require.Equal(t, want, lines, "%s in %s", by, length)
				}
			}
			lines, _ := counted(t, s, courier.ByCountry, hour.Add(time.Hour), hour.Add(2*time.Hour))
			require.Equal(t, map[string]counts{"GB": {courier.MeasureMessages: 1}}, lines)
		},
		"countries with a price of their own are told apart on channels": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "999999", start()))
			delivered := d
			delivered.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptDelivered, AcceptedAt: start(), DeliveredAt: start()}}
			_, err := s.Save(t.Context(), delivered, courier.Tallied(d, delivered, start()))
			require.NoError(t, err)
			for i, to := range []string{anna, ben} {
				d := created(t, s, delivery(t, to, "111111", start()))
				sent := d
				sent.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptAccepted, AcceptedAt: start()}}
				if i == 1 {
					sent.Attempts[0].State, sent.Attempts[0].Class = courier.AttemptFailed, courier.ClassRecipient
				}
				_, err := s.Save(t.Context(), sent, courier.Tallied(d, sent, start()))
				require.NoError(t, err)
			}
			for _, by := range []courier.Grouping{courier.ByDay, courier.ByHour, courier.ByChannel, courier.ByPurpose, courier.ByCountry} {
				tallies, err := s.Tallies(t.Context(), courier.TallyQuery{By: by, From: hour, Until: hour.Add(time.Hour), Countries: []string{"GB", "BR"}})
				require.NoError(t, err)
				_, total := courier.SumUp(by, tallies, []courier.Price{
					{Channel: courier.SMS, Amount: 1}, {Channel: courier.SMS, Country: "GB", Amount: 10}, {Channel: courier.WhatsApp, Amount: 100},
				})
				require.Equal(t, 3, total.Counts[courier.MeasureMessages], by)
				require.InDelta(t, 111, total.Cost, 0, by)
				require.Zero(t, total.Unpriced, by)
			}
		},
		"a repeat of Kratos counts once, and suppressed messages each": func(t *testing.T, s store.Store) {
			first := delivery(t, anna, "111111", start())
			created(t, s, first)
			again := delivery(t, anna, "111111", start().Add(time.Second))
			require.Equal(t, courier.Repeated, accept(t, s, again).Outcome)
			for _, code := range []string{"222222", "333333", "444444", "555555"} {
				accept(t, s, delivery(t, anna, code, start().Add(2*time.Second)))
			}
			lines, reasons := counted(t, s, courier.ByCountry, hour, hour.Add(time.Hour))
			require.Equal(t, map[string]counts{"US": {courier.MeasureMessages: 3, courier.MeasureSuppressed: 2}}, lines)
			require.Equal(t, map[courier.Reason]int{{Measure: courier.MeasureSuppressed, Word: "number_limit"}: 2}, reasons)
		},
		"tallies of a save are added up, and those of one that is refused are not": func(t *testing.T, s store.Store) {
			d := created(t, s, delivery(t, anna, "111111", start()))
			tally := func(n int) []courier.Tally {
				one := courier.Tally{Accepted: d.AcceptedAt, Country: "US", Purpose: courier.Login, Channel: courier.SMS}
				one.Counts[courier.MeasureFailed] = n
				one.Reasons = map[courier.Reason]int{{Measure: courier.MeasureFailed, Word: "absent"}: n}
				whole := one
				whole.Channel = ""
				return []courier.Tally{one, whole}
			}
			next, err := s.Save(t.Context(), d, tally(3))
			require.NoError(t, err)
			_, err = s.Save(t.Context(), d, tally(10))
			require.ErrorIs(t, err, courier.ErrConflict)
			_, err = s.Save(t.Context(), next, tally(10), courier.Quota{Name: "sms_total", Now: start(), Window: time.Hour})
			require.ErrorContains(t, err, "sms_total")
			_, err = s.Save(t.Context(), next, tally(-1))
			require.NoError(t, err)
			lines, reasons := counted(t, s, courier.ByChannel, hour, hour.Add(time.Hour))
			require.Equal(t, map[string]counts{"sms": {courier.MeasureFailed: 2}}, lines)
			require.Equal(t, map[courier.Reason]int{{Measure: courier.MeasureFailed, Word: "absent"}: 2}, reasons)
		},
		"parallel changes add up": func(t *testing.T, s store.Store) {
			const messages = 40
			deliveries := make([]courier.Delivery, messages)
			for i := range deliveries {
				deliveries[i] = delivery(t, []string{anna, ben}[i%2], "111111", start().Add(time.Duration(i)*time.Microsecond))
				deliveries[i].Identity = deliveries[i].ID.String()
				deliveries[i].Code, _ = courier.NewCode([]string{"1", "2", "3", "4"}[i%4] + deliveries[i].ID.String()[28:])
			}
			var failed atomic.Int32
			together(messages, func(i int) {
				d := deliveries[i]
				accepted, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
				if err != nil || accepted.Outcome != courier.Created {
					failed.Add(1)
					return
				}
				sent := accepted.Delivery
				sent.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptAccepted, StartedAt: start(), AcceptedAt: start()}}
				if _, err := s.Save(t.Context(), sent, courier.Tallied(accepted.Delivery, sent, start())); err != nil {
					failed.Add(1)
				}
			})
			require.Zero(t, failed.Load())
			lines, _ := counted(t, s, courier.ByCountry, hour, hour.Add(time.Hour))
			require.Equal(t, map[string]counts{
				"US": {courier.MeasureMessages: messages / 2, courier.MeasureSent: messages / 2}, "GB": {courier.MeasureMessages: messages / 2, courier.MeasureSent: messages / 2},
			}, lines)
		},
		"hours are kept for 40 days and days for three years": func(t *testing.T, s store.Store) {
			const day = 24 * time.Hour
			for _, ago := range []time.Duration{3*365*day + 2*day, 3 * 365 * day, 41 * day, 39 * day, 0} { // by then, the code of the one before has lapsed
				d := delivery(t, anna, "111111", start().Add(-ago))
				_, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
				require.NoError(t, err)
			}
			_, err := s.Purge(t.Context(), start(), 0, 1000)
			require.NoError(t, err)
			days, _ := counted(t, s, courier.ByDay, start().Add(-4*365*day), start().Add(day))
			require.Len(t, days, 4)
			hours, _ := counted(t, s, courier.ByHour, start().Add(-4*365*day), start().Add(day))
			require.Len(t, hours, 2)
		},
	}
}

// manyTallies are the tallies of several replicas, who write to the same hour.
func manyTallies(t *testing.T, open Open) {
	replicas := []store.Store{open(t, secrets(t, "first")), open(t, secrets(t, "first")), open(t, secrets(t, "first"))}
	const messages = 30
	deliveries := make([]courier.Delivery, messages)
	for i := range deliveries {
		deliveries[i] = delivery(t, anna, "111111", start())
		deliveries[i].Identity = deliveries[i].ID.String()
		deliveries[i].Code, _ = courier.NewCode(deliveries[i].ID.String()[28:])
	}
	var failed atomic.Int32
	together(messages, func(i int) {
		d := deliveries[i]
		if _, err := replicas[i%len(replicas)].Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt}); err != nil {
			failed.Add(1)
		}
	})
	require.Zero(t, failed.Load())
	for _, s := range replicas {
		lines, _ := counted(t, s, courier.ByCountry, start().Truncate(time.Hour), start().Add(time.Hour))
		require.Equal(t, map[string]counts{"US": {courier.MeasureMessages: messages}}, lines)
	}
}
