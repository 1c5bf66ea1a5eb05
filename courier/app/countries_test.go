package app

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestRestrictedCountriesRaiseOneAlarmAnHour(t *testing.T) {
	t.Parallel()
	log, now := &output{}, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), now: func() time.Time { return now }}
	to := func(number string) courier.Delivery { return courier.Delivery{To: courier.KnownPhone(number)} }
	refused := courier.Attempt{Channel: courier.WhatsApp, State: courier.AttemptFailed, Class: courier.ClassRecipient, Code: "130497"}
	alarms := func() int { return strings.Count(log.String(), "may not write to this country") }

	o.Attempted(to("+12025550143"), refused)
	o.Reported(t.Context(), to("+12025550144"), refused, courier.AttemptFailed)
	require.Equal(t, 1, alarms())
	o.Attempted(to("+447700900123"), refused)
	require.Equal(t, 2, alarms(), "another country")
	now = now.Add(time.Hour)
	o.Attempted(to("+12025550143"), refused)
	require.Equal(t, 3, alarms())
	require.Contains(t, log.String(), "fallback.countries")

	refused.Code = "131026"
	o.Attempted(to("+33612345678"), refused)
	require.Equal(t, 3, alarms(), "that is about the person")
}

func TestFailureOnEveryChannelIsAnError(t *testing.T) {
	t.Parallel()
	for state, level := range map[courier.State]string{courier.StateFailed: "level=error", courier.StateDelivered: "level=info"} {
		log := &output{}
		o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: newMetrics(nil), now: time.Now}
		o.Ended(courier.Delivery{State: state})
		require.Contains(t, log.String(), level, state)
	}
}
