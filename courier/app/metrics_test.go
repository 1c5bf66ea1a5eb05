package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// ownMetrics are the names of our metrics, each with its labels, as the registry has them.
func ownMetrics(registry *prometheus.Registry) (all []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		registry.Describe(descriptions)
	}()
	form := regexp.MustCompile(`fqName: "whatsapp_courier_(\w+)".*variableLabels: \{([^}]*)\}`)
	for d := range descriptions {
		if found := form.FindStringSubmatch(d.String()); found != nil {
			all = append(all, strings.TrimSpace(found[1]+" "+strings.ReplaceAll(found[2], ",", " ")))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The page of the documentation names every metric with its labels, and no other.
func TestTheMetricsAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operate.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Metrics\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| \\w+ \\|([^|]*)\\|").FindAllStringSubmatch(section, -1) {
		labels := strings.NewReplacer("`", "", ",", "").Replace(row[2])
		documented = append(documented, strings.Join(append([]string{row[1]}, strings.Fields(labels)...), " "))
	}
	slices.Sort(documented)
	registry := start(t, config(t)).works.metrics.registry
	require.Equal(t, documented, ownMetrics(registry))
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if name, own := strings.CutPrefix(f.GetName(), namespace+"_"); own {
			require.Contains(t, section, "| `"+name+"` | "+strings.ToLower(f.GetType().String())+" |")
		}
	}
}

// A running courier shows what it is doing, in units and by names as Prometheus advises.
func TestMetricsOfARunningCourier(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.SMS.Provider, c.SMS.MaxPerHour, c.SMS.MaxPerDay = "console", 7, 0
	c.SMS.Prefixes = []PrefixLimit{{Prefix: "+4470", Max: 2, Window: time.Minute}}
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	var text string
	require.Eventually(t, func() bool {
		_, text = ask(t, http.MethodGet, private+"/metrics/prometheus", nil)
		return strings.Contains(text, `whatsapp_courier_send_duration_seconds_count{channel="whatsapp",outcome="taken",provider="meta"} 1`)
	}, 30*time.Second, 10*time.Millisecond)
	for _, line := range []string{
		`whatsapp_courier_build_info{version="v0.0.1-test"} 1`,
		`whatsapp_courier_live_deliveries 1`,
		`whatsapp_courier_due_deliveries 0`,
		`whatsapp_courier_oldest_due_age_seconds 0`,
		`whatsapp_courier_dispatch_queue_length 0`,
		`whatsapp_courier_dispatch_queue_capacity 4096`,
		`whatsapp_courier_security_events_total{alert="identity_changed"} 0`,
		`whatsapp_courier_security_events_total{alert="not_requested"} 0`,
		`whatsapp_courier_lane_capacity{channel="whatsapp",provider="meta"} 256`,
		`whatsapp_courier_lane_requests{channel="sms",provider="console"} 0`,
		`whatsapp_courier_last_report_timestamp_seconds 0`,
		`whatsapp_courier_limit_left{limit="sms_total",prefix="",window="1h0m0s"} 7`,
		`whatsapp_courier_limit_max{limit="sms_prefix",prefix="+4470",window="1m0s"} 2`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.Regexp(t, `whatsapp_courier_store_commit_duration_seconds_count\{outcome="ok"\} [1-9]`, text)
	require.Regexp(t, `whatsapp_courier_store_commit_operations_count [1-9]`, text)

	problems, err := testutil.GatherAndLint(r.works.metrics.registry, slices.Collect(gathered(t, r.works.metrics.registry))...)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// gathered are the full names of our metrics that have a value.
func gathered(t *testing.T, registry *prometheus.Registry) func(func(string) bool) {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	return func(yield func(string) bool) {
		for _, f := range families {
			if strings.HasPrefix(f.GetName(), namespace) && !yield(f.GetName()) {
				return
			}
		}
	}
}

// What the store does not tell is missing, and the rest is there.
func TestMetricsOfAStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	broken, troubles := errors.New("no disk"), 0
	s := &sampled{
		load:       func() courier.Load { return courier.Load{Waiting: 3, Room: 9} },
		lastReport: func() time.Time { return now },
		backlog: func(context.Context, time.Time) (courier.Backlog, error) {
			return courier.Backlog{Live: 5, Due: 2, OldestDue: now.Add(-1500 * time.Millisecond)}, nil
		},
		usage: func(context.Context) ([]courier.Usage, error) {
			return []courier.Usage{{Name: "total", Max: 5, Used: 7, Window: time.Hour}}, nil
		},
		trouble: func(_ string, err error) {
			require.Equal(t, broken, err)
			troubles++
		},
		now: func() time.Time { return now }, described: describeSampled(),
	}
	all := func() (values map[string]float64) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(s)
		families, err := registry.Gather()
		require.NoError(t, err)
		values = make(map[string]float64)
		for _, f := range families {
			values[strings.TrimPrefix(f.GetName(), namespace+"_")] = f.GetMetric()[0].GetGauge().GetValue()
		}
		return values
	}
	want := map[string]float64{
		"dispatch_queue_length": 3, "dispatch_queue_capacity": 9, "last_report_timestamp_seconds": float64(now.Unix()),
		"live_deliveries": 5, "due_deliveries": 2, "oldest_due_age_seconds": 1.5, "limit_left": 0, "limit_max": 5,
	}
	require.Equal(t, want, all(), "a limit that was lowered has nothing left, and not less")
	require.Zero(t, troubles)

	s.usage = func(context.Context) ([]courier.Usage, error) { return nil, broken }
	delete(want, "limit_left")
	delete(want, "limit_max")
	require.Equal(t, want, all())
	s.backlog = func(context.Context, time.Time) (courier.Backlog, error) { return courier.Backlog{}, broken }
	require.Equal(t, map[string]float64{"dispatch_queue_length": 3, "dispatch_queue_capacity": 9, "last_report_timestamp_seconds": float64(now.Unix())}, all())
	require.Equal(t, 2, troubles)
}

func TestCommitsAreCounted(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil)
	m.committed(store.Commit{Operations: 3, Took: 2 * time.Millisecond})
	m.committed(store.Commit{Operations: 1, Took: time.Second, Failed: true})
	require.NoError(t, testutil.GatherAndCompare(m.registry, strings.NewReader(`
# HELP whatsapp_courier_store_commit_operations How many operations shared a transaction of the store.
# TYPE whatsapp_courier_store_commit_operations histogram
whatsapp_courier_store_commit_operations_bucket{le="1"} 1
whatsapp_courier_store_commit_operations_bucket{le="2"} 1
whatsapp_courier_store_commit_operations_bucket{le="4"} 2
whatsapp_courier_store_commit_operations_bucket{le="8"} 2
whatsapp_courier_store_commit_operations_bucket{le="16"} 2
whatsapp_courier_store_commit_operations_bucket{le="32"} 2
whatsapp_courier_store_commit_operations_bucket{le="64"} 2
whatsapp_courier_store_commit_operations_bucket{le="128"} 2
whatsapp_courier_store_commit_operations_bucket{le="256"} 2
whatsapp_courier_store_commit_operations_bucket{le="+Inf"} 2
whatsapp_courier_store_commit_operations_sum 4
whatsapp_courier_store_commit_operations_count 2
`), "whatsapp_courier_store_commit_operations"))
	require.Equal(t, 2, testutil.CollectAndCount(m.commits), "ok and failed")
}

func TestTemplateQualityIsWhatMetaSaidLast(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil)
	watch := metaWatch{breakers: &courier.Breakers{Observer: quietBreakers{}}, variant: ours, quality: m.templateQuality, now: time.Now}
	hear := func(template, quality string) {
		require.NoError(t, watch.see(t.Context(), webhook.Event{
			Kind: webhook.KindUpdate, Field: "message_template_quality_update", Template: template, Language: "en_US", Name: quality,
		}))
	}
	hear("newsletter", "RED")
	hear("login_code", "")
	require.Zero(t, testutil.CollectAndCount(m.quality), "nothing is known of ours")
	for _, c := range []struct{ said, shown string }{{"YELLOW", "yellow"}, {"GREEN", "green"}, {"PURPLE", "unknown"}} {
		hear("login_code", c.said)
		for _, quality := range qualities() {
			want := 0.0
			if quality == c.shown {
				want = 1
			}
			require.InDelta(t, want, testutil.ToFloat64(m.quality.WithLabelValues("en_US", quality)), 0, c.said)
		}
	}
}

func TestSendsAreMeasuredByOutcome(t *testing.T) {
	t.Parallel()
	require.Equal(t, "taken", sendOutcome(nil))
	require.Equal(t, "throttled", sendOutcome(&courier.DeliveryError{Class: "throttled"}))
	require.Equal(t, string(courier.ClassUnknown), sendOutcome(errors.New("anything")))
}
