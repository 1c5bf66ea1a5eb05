package app

import (
	"io"
	"strings"
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
		o.Reported(t.Context(), d, courier.Attempt{Channel: courier.WhatsApp, DeliveredAt: c.reported}, courier.AttemptDelivered)
		o.Reported(t.Context(), d, courier.Attempt{Channel: courier.WhatsApp, DeliveredAt: c.reported}, courier.AttemptRead)

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
	o.Received(t.Context(), courier.Delivery{ID: courier.ID{2}, Purpose: courier.Verification}, courier.Acceptance{Outcome: courier.Suppressed, Delivery: first})
	require.InDelta(t, 1, testutil.ToFloat64(m.received.WithLabelValues("suppressed", "verification", "number_limit")), 0)
	require.Contains(t, log.String(), "purpose=verification")
	require.Contains(t, log.String(), "delivery="+first.ID.String(), "the id that operators find")
}

// A service that sends a thousand codes a second writes one line for each.
func TestOneLineSaysHowAMessageWent(t *testing.T) {
	t.Parallel()
	log := &output{}
	o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), now: time.Now}
	accepted := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	refused := courier.Attempt{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptFailed, Code: "131026"}
	taken := courier.Attempt{N: 2, Channel: courier.SMS, Provider: "twilio", State: courier.AttemptDelivered, AcceptedAt: accepted.Add(1500 * time.Millisecond)}
	d := courier.Delivery{
		ID: courier.ID{1}, To: courier.KnownPhone("+12025550143"), Purpose: courier.Login, State: courier.StateDelivered,
		NoWhatsApp: "not_on_whatsapp", AcceptedAt: accepted, EndedAt: accepted.Add(2 * time.Second), Attempts: []courier.Attempt{refused, taken},
	}
	o.Received(t.Context(), d, courier.Acceptance{Outcome: courier.Created, Delivery: d})
	for _, a := range d.Attempts {
		o.Attempted(d, a)
		o.Reported(t.Context(), d, a, a.State)
	}
	o.Ended(d)
	o.Used(t.Context(), d)
	require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	for _, part := range []string{
		"level=info", d.ID.String(), "+1********43", "purpose=login", "state=delivered", "no_whatsapp=not_on_whatsapp",
		"took=2s", "sent_after=1.5s", "attempt=2", "channel=sms", "provider=twilio",
	} {
		require.Contains(t, log.String(), part)
	}

	d.State, d.Reason, d.Attempts = courier.StateFailed, "sms_total_limit", nil
	o.Ended(d)
	require.Contains(t, log.String(), "level=error")
	require.Contains(t, log.String(), "reason=sms_total_limit")
}

func TestStepsOfAMessageAreShownAtDebug(t *testing.T) {
	t.Parallel()
	c, log := &Config{}, &output{}
	c.Log.Level = "debug"
	o := &observer{log: newLogger(c, Options{Log: log}), metrics: newMetrics(nil), now: time.Now}
	d := courier.Delivery{ID: courier.ID{1}, Purpose: courier.Login}
	a := courier.Attempt{N: 1, Channel: courier.WhatsApp, State: courier.AttemptSent}
	o.Received(t.Context(), d, courier.Acceptance{Outcome: courier.Created, Delivery: d})
	o.Attempted(d, a)
	o.Reported(t.Context(), d, a, a.State)
	o.Used(t.Context(), d)
	for _, step := range []string{"outcome=created", "Tried to send.", "A provider reported.", "A code was used."} {
		require.Contains(t, log.String(), step)
	}
	require.Equal(t, 4, strings.Count(log.String(), "level=debug"))
}

// What stops everybody's messages is said aloud, whatever the level of the rest.
func TestARefusalOfEveryMessageIsAnError(t *testing.T) {
	t.Parallel()
	log := &output{}
	o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), now: time.Now}
	o.Attempted(courier.Delivery{ID: courier.ID{1}}, courier.Attempt{N: 1, Channel: courier.WhatsApp, State: courier.AttemptFailed, Class: courier.ClassConfig, Code: "190"})
	require.Contains(t, log.String(), "level=error")
	require.Contains(t, log.String(), "provider_code=190")
}
