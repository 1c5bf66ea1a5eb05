package app

import (
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A histogram is fed by one clock. Meta cuts its seconds, and its clock may be
// minutes off; a sum that falls breaks rate().
func TestTimeToPhoneIsByOneClock(t *testing.T) {
	t.Parallel()
	accepted := time.Date(2026, 11, 26, 12, 0, 0, 700_000_000, time.UTC)
	for name, c := range map[string]struct {
		reported  time.Time // by the provider's clock
		now, want time.Duration
	}{
		"seconds cut off":                        {accepted.Truncate(time.Second), 400 * time.Millisecond, 400 * time.Millisecond},
		"the provider's clock is ahead":          {accepted.Add(10 * time.Minute), time.Second, time.Second},
		"the provider's clock is behind":         {accepted.Add(-10 * time.Minute), time.Second, time.Second},
		"our clock was set back in the meantime": {accepted, -time.Hour, 0},
	} {
		m := newMetrics(nil)
		o := &observer{
			log: newLogger(&Config{}, Options{Log: io.Discard}), metrics: m,
			now: func() time.Time { return accepted.Add(c.now) },
		}
		d := courier.Delivery{AcceptedAt: accepted}
		o.Reported(d, courier.Attempt{Channel: courier.WhatsApp, DeliveredAt: c.reported}, courier.AttemptDelivered)
		o.Reported(d, courier.Attempt{Channel: courier.WhatsApp, DeliveredAt: c.reported}, courier.AttemptRead)

		families, err := m.registry.Gather()
		require.NoError(t, err)
		found := 0
		for _, f := range families {
			if f.GetName() == "whatsapp_courier_time_to_phone_seconds" {
				got := f.GetMetric()[0].GetHistogram()
				require.EqualValues(t, 1, got.GetSampleCount(), name)
				require.InDelta(t, c.want.Seconds(), got.GetSampleSum(), 1e-9, name)
				found++
			}
		}
		require.Equal(t, 1, found)
	}
}

// The record that counts a suppressed message may be that of another one.
func TestReceivedCountsTheMessageAtHand(t *testing.T) {
	t.Parallel()
	m, log := newMetrics(nil), &output{}
	o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: m}
	first := courier.Delivery{ID: courier.ID{1}, Purpose: courier.Login, State: courier.StateSuppressed, Reason: "number_limit"}
	o.Received(courier.Delivery{ID: courier.ID{2}, Purpose: courier.Verification}, courier.Acceptance{Outcome: courier.Suppressed, Delivery: first})
	require.InDelta(t, 1, testutil.ToFloat64(m.received.WithLabelValues("suppressed", "verification", "number_limit")), 0)
	require.Contains(t, log.String(), "purpose=verification")
	require.Contains(t, log.String(), "delivery="+first.ID.String(), "the id that operators find")
}
