package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tallied adds up, by channel, what a life of a delivery moves: the changes one after the
// other, as they are saved.
func tallied(lives []Delivery, now time.Time) map[Channel]Tally {
	sum := map[Channel]Tally{}
	add := func(t Tally) {
		all := sum[t.Channel]
		if all.Reasons == nil {
			all.Reasons = map[Reason]int{}
		}
		all.Counts.Add(t.Counts)
		for reason, n := range t.Reasons {
			if all.Reasons[reason] += n; all.Reasons[reason] == 0 {
				delete(all.Reasons, reason)
			}
		}
		sum[t.Channel] = all
	}
	add(Accepted(lives[0]))
	for i := range lives[1:] {
		for _, t := range Tallied(lives[i], lives[i+1], now) {
			add(t)
		}
	}
	return sum
}

func TestWhatALifeCountsFor(t *testing.T) {
	t.Parallel()
	accepted := time.Date(2026, time.November, 27, 9, 59, 0, 0, time.UTC)
	now := accepted.Add(2500 * time.Millisecond)
	fresh := Delivery{AcceptedAt: accepted, Country: "BR", Purpose: Login, State: StateAccepted}
	with := func(d Delivery, state State, attempts ...Attempt) Delivery {
		d.State, d.Attempts = state, attempts
		return d
	}
	sending := Attempt{N: 1, Channel: WhatsApp, State: AttemptSending}
	taken := Attempt{N: 1, Channel: WhatsApp, State: AttemptAccepted, AcceptedAt: accepted}
	arrived, seen, late := taken, taken, taken
	arrived.State, seen.State = AttemptDelivered, AttemptRead
	late.State, late.Class = AttemptFailed, ClassAbsent
	sms := Attempt{N: 2, Channel: SMS, State: AttemptAccepted, AcceptedAt: accepted}
	lost := Attempt{N: 2, Channel: SMS, State: AttemptFailed, Class: ClassRecipient}
	used := with(fresh, StateRead, seen)
	used.UsedAt = now
	failed := with(fresh, StateFailed, late, lost)
	failed.Reason = "the person's phone +1202... is off"
	expired := with(fresh, StateExpired, sending)
	expired.Reason = ReasonCodeExpired
	suppressed := fresh
	suppressed.State, suppressed.Reason = StateSuppressed, "number_limit"

	type counts = map[Measure]int
	for name, c := range map[string]struct {
		life    []Delivery
		want    map[Channel]counts
		reasons map[Reason]int // of the delivery as a whole
	}{
		"only accepted": {[]Delivery{fresh}, map[Channel]counts{"": {MeasureMessages: 1}}, nil},
		"suppressed":    {[]Delivery{suppressed}, map[Channel]counts{"": {MeasureSuppressed: 1}}, map[Reason]int{{MeasureSuppressed, "number_limit"}: 1}},
		"read and used": {
			[]Delivery{fresh, with(fresh, StateSending, sending), with(fresh, StateSent, taken), with(fresh, StateDelivered, arrived), with(fresh, StateRead, seen), used},
			map[Channel]counts{
				"":       {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, MeasureRead: 1, MeasureUsed: 1, measures + 4: 1},
				WhatsApp: {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, MeasureRead: 1, MeasureUsed: 1, measures + 4: 1},
			},
			nil,
		},
		"read without delivered, all at once": {
			[]Delivery{fresh, used},
			map[Channel]counts{
				"":       {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, MeasureRead: 1, MeasureUsed: 1, measures + 4: 1},
				WhatsApp: {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, MeasureRead: 1, MeasureUsed: 1, measures + 4: 1},
			},
			nil,
		},
		"fallback": {
			[]Delivery{fresh, with(fresh, StateSent, taken), with(fresh, StateFallback, late), with(fresh, StateHandedOver, late, sms)},
			map[Channel]counts{
				"":       {MeasureMessages: 1, MeasureSent: 1, MeasureFellBack: 1},
				WhatsApp: {MeasureMessages: 1, MeasureSent: 1, MeasureFailed: 1},
				SMS:      {MeasureMessages: 1, MeasureSent: 1},
			},
			nil,
		},
		"failed on both, in a provider's words": {
			[]Delivery{fresh, failed},
			map[Channel]counts{
				"":       {MeasureMessages: 1, MeasureSent: 1, MeasureFellBack: 1, MeasureFailed: 1},
				WhatsApp: {MeasureMessages: 1, MeasureSent: 1, MeasureFailed: 1},
				SMS:      {MeasureMessages: 1, MeasureFailed: 1},
			},
			map[Reason]int{{MeasureFailed, "recipient"}: 1},
		},
		"expired": {
			[]Delivery{fresh, expired},
			map[Channel]counts{"": {MeasureMessages: 1, MeasureFailed: 1}, WhatsApp: {MeasureMessages: 1}},
			map[Reason]int{{MeasureFailed, "code_expired"}: 1},
		},
		"failed, and delivered after all": {
			[]Delivery{fresh, with(failed, StateFailed, late), with(fresh, StateDelivered, arrived)},
			map[Channel]counts{
				"":       {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, measures + 4: 1},
				WhatsApp: {MeasureMessages: 1, MeasureSent: 1, MeasureDelivered: 1, measures + 4: 1},
			},
			nil,
		},
	} {
		got := tallied(c.life, now)
		for channel, want := range c.want {
			var counts Counts
			for m, n := range want {
				counts[m] = n
			}
			require.Equal(t, counts, got[channel].Counts, "%s, %q", name, channel)
		}
		require.Len(t, got, len(c.want), name)
		if c.reasons == nil {
			c.reasons = map[Reason]int{}
		}
		require.Equal(t, c.reasons, got[""].Reasons, name)
	}
	require.Empty(t, Tallied(used, used, now))
	one := Tallied(fresh, expired, now)[0]
	require.Equal(t, []any{accepted, "BR", Login}, []any{one.Accepted, one.Country, one.Purpose})
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	hour := time.Date(2026, time.November, 27, 9, 0, 0, 0, time.UTC)
	tally := func(at time.Time, country string, c Channel, counts map[Measure]int) Tally {
		t := Tally{Accepted: at, Country: country, Purpose: Login, Channel: c}
		for m, n := range counts {
			t.Counts[m] = n
		}
		return t
	}
	failures := Tally{Accepted: hour, Country: "BR", Purpose: Login, Reasons: map[Reason]int{{MeasureFailed, "absent"}: 2}}
	all := []Tally{
		tally(hour, "BR", "", map[Measure]int{MeasureMessages: 10, MeasureSent: 9, MeasureFellBack: 3, MeasureUsed: 6, MeasureFailed: 2}), failures,
		tally(hour, "BR", WhatsApp, map[Measure]int{MeasureSent: 9, MeasureDelivered: 6}),
		tally(hour, "BR", SMS, map[Measure]int{MeasureSent: 3, MeasureDelivered: 2}),
		tally(hour.Add(time.Hour), "US", "", map[Measure]int{MeasureMessages: 1, MeasureSent: 1}),
		tally(hour.Add(time.Hour), "US", SMS, map[Measure]int{MeasureSent: 1}),
		tally(hour.Add(24*time.Hour), "DE", "", map[Measure]int{MeasureSuppressed: 1}),
	}
	prices := []Price{{WhatsApp, "", 0.01}, {SMS, "BR", 0.05}}
	for by, keys := range map[Grouping][]string{
		ByHour: {"2026-11-27T09:00:00Z", "2026-11-27T10:00:00Z", "2026-11-28T09:00:00Z"}, ByDay: {"2026-11-27", "2026-11-28"},
		ByCountry: {"BR", "DE", "US"}, ByChannel: {"sms", "whatsapp"}, ByPurpose: {"login"},
	} {
		lines, total := SumUp(by, all, prices)
		var got []string
		cost := 0.0
		for _, line := range lines {
			got = append(got, line.Key)
			cost += line.Cost
		}
		require.Equal(t, keys, got, by)
		require.Equal(t, 11, total.Counts[MeasureMessages], by)
		require.InDelta(t, 6*0.01+3*0.05, total.Cost, 1e-9, by)
		require.InDelta(t, total.Cost, cost, 1e-9, by)
		require.Equal(t, 1, total.Unpriced, by)
	}
	lines, _ := SumUp(ByCountry, all, prices)
	require.Equal(t, map[Reason]int{{MeasureFailed, "absent"}: 2}, lines[0].Reasons)
	require.InDelta(t, 1.0/3, lines[0].Share(MeasureFellBack, MeasureSent), 1e-9)
	require.Zero(t, lines[1].Share(MeasureUsed, MeasureSent), "of nothing")
	lines, _ = SumUp(ByChannel, all, prices)
	require.Equal(t, 4, lines[0].Counts[MeasureSent])
	lines, total := SumUp(ByDay, nil, nil)
	require.Empty(t, lines)
	require.Zero(t, total.Counts)
}

func TestTimeToPhone(t *testing.T) {
	t.Parallel()
	took := func(all ...time.Duration) (s Summary) {
		for _, d := range all {
			s.Counts.cameAfter(d)
		}
		return s
	}
	require.Zero(t, took().TimeToPhone(0.5))
	const s = time.Second
	require.Equal(t, s/4, took(0).TimeToPhone(0.5), "the middle of the first bounds")
	require.Equal(t, s/4, took(-s).TimeToPhone(0.5), "a clock that was set back")
	spread := took(1*s, 2*s, 3*s, 4*s, 5*s, 6*s, 7*s, 8*s, 9*s, 10*s)
	require.InDelta(t, 5, spread.TimeToPhone(0.5).Seconds(), 1)
	require.InDelta(t, 11, spread.TimeToPhone(0.95).Seconds(), 2)
	require.Equal(t, 900*s, took(time.Hour).TimeToPhone(0.5), "beyond the last bound")
	require.Equal(t, s/2, took(s/2).TimeToPhone(1), "a bound belongs to what is below it")
}

func TestWhichSpansAreAsked(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 27, 9, 30, 0, 0, time.UTC)
	whole := func(by Grouping, length time.Duration) []any {
		q := TallyQuery{By: by, From: at, Until: at.Add(length)}
		w := q.Whole()
		require.Equal(t, q.Span(), w.Span(), "%s %s", by, length)
		return []any{q.Span(), w.From.Format("02 15:04"), w.Until.Format("02 15:04")}
	}
	require.Equal(t, []any{Hour, "27 09:00", "27 11:00"}, whole(ByCountry, time.Hour))
	require.Equal(t, []any{Hour, "27 09:00", "04 10:00"}, whole(ByHour, 7*24*time.Hour))
	require.Equal(t, []any{Hour, "27 09:00", "30 10:00"}, whole(ByDay, 72*time.Hour))
	require.Equal(t, []any{Day, "27 00:00", "01 00:00"}, whole(ByDay, 72*time.Hour+time.Hour))
	require.Equal(t, []any{Day, "27 00:00", "05 00:00"}, whole(ByDay, 7*24*time.Hour))
}
