package target_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// stated is the example with its times, which stand in comments there.
func stated(t *testing.T) string {
	t.Helper()
	_, block, found := strings.Cut(target.Example, "# times:\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "\n\n")
	return strings.Replace(target.Example, "# times:\n"+block, "times:\n"+strings.ReplaceAll(block, "#   ", "  "), 1)
}

func TestATargetStatesItsTimes(t *testing.T) {
	t.Parallel()
	got, err := load(t, stated(t))
	require.NoError(t, err)
	require.Equal(t, target.Times{
		FallbackAfter: 30 * time.Second, FallbackOverall: time.Minute, SupersedeAfter: 5 * time.Second,
		LimitWindow: 10 * time.Minute, ProbeEvery: 30 * time.Second,
	}, got.Times, "the example has each")
	require.Subset(t, got.Access(), []string{"fallback-times", "supersede-time", "limit-window", "probe-time"})
	require.NotContains(t, got.Access(), "min-rest")

	settings := got.SettingsFor(target.Settings{LimitWindow: "2s", MinRest: "70s"})
	require.Equal(t, "10m0s", settings.LimitWindow, "what a target states wins")
	require.Equal(t, "1m0s", settings.FallbackOverall)
	require.Equal(t, "70s", settings.MinRest, "the rest is as it was wanted")
	require.Equal(t, "100", settings.SMSBudget)
	var ours *target.Target
	require.Equal(t, target.Usual().With(target.Settings{LimitWindow: "2s"}), ours.SettingsFor(target.Settings{LimitWindow: "2s"}))
}

func TestWhatASpecWaitsFor(t *testing.T) {
	t.Parallel()
	times := target.Times{FallbackAfter: time.Second, FallbackOverall: 2 * time.Second, SupersedeAfter: 4 * time.Second, LimitWindow: 8 * time.Second, ProbeEvery: 16 * time.Second}
	require.Zero(t, times.Wait(nil))
	require.Equal(t, 2*time.Second, times.Wait([]string{target.WaitFallback}))
	require.Equal(t, 6*time.Second, times.Wait([]string{target.WaitFallback, target.WaitNewer}))
	require.Equal(t, 4*time.Second, times.Wait([]string{target.WaitFallbackBefore, target.WaitFallback}), "one after the other")
	require.Equal(t, 24*time.Second, times.Wait([]string{target.WaitWindow, target.WaitProbe}))
	require.Equal(t, 32*time.Second, times.Longest())
	require.Zero(t, target.Times{}.Longest(), "what a target is told is short")
}

func TestTimesThatCannotBe(t *testing.T) {
	t.Parallel()
	for fault, change := range map[string][2]string{
		"times.limit_window: -10m0s is no time":            {"limit_window: 10m", "limit_window: -10m"},
		"times.fallback_overall: 20s is before":            {"fallback_overall: 60s", "fallback_overall: 20s"},
		"fallback_after and fallback_overall belong":       {"  fallback_after: 30s", "  # fallback_after: 30s"},
		"times.limit_window: the suite tells it that time": {`PORT: "{{.Port}}"`, `PORT: "{{.LimitWindow}}"`},
		"field limit_windows not found":                    {"limit_window: 10m", "limit_windows: 10m"},
		"cannot unmarshal !!str `ten` into time.Duration":  {"limit_window: 10m", "limit_window: ten"},
	} {
		require.Contains(t, stated(t), change[0])
		_, err := load(t, strings.Replace(stated(t), change[0], change[1], 1))
		require.ErrorContains(t, err, fault)
	}
}

func TestAFallbackHasItsTimes(t *testing.T) {
	t.Parallel()
	claimed := strings.Replace(target.Example, "claims: []", "claims: [fallback]", 1)
	_, err := load(t, claimed)
	require.ErrorContains(t, err, "claims: fallback is claimed, so tell it when an SMS is due")
	_, err = load(t, strings.ReplaceAll(claimed, "# FALLBACK_", "FALLBACK_"))
	require.NoError(t, err, "it is told")
	_, err = load(t, strings.Replace(stated(t), "claims: []", "claims: [fallback]", 1))
	require.NoError(t, err, "it states them")
}
