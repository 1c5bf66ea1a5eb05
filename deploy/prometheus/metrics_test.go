package prometheus_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// samples are the names of metrics, and for each the labels that it has, with their values.
type samples map[string]map[string]map[string]bool

var (
	sampleLine  = regexp.MustCompile(`(?m)^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$`)
	sampleLabel = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// add reads what a courier says of itself.
func (s samples) add(t *testing.T, courier *testkit.Courier) {
	t.Helper()
	answer, err := testkit.Do(t.Context(), http.MethodGet, courier.PrivateURL+"/metrics/prometheus", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.Status)
	for _, line := range sampleLine.FindAllStringSubmatch(answer.Body, -1) {
		if s[line[1]] == nil {
			s[line[1]] = make(map[string]map[string]bool)
		}
		for _, label := range sampleLabel.FindAllStringSubmatch(line[2], -1) {
			if s[line[1]][label[1]] == nil {
				s[line[1]][label[1]] = make(map[string]bool)
			}
			s[line[1]][label[1]][label[2]] = true
		}
	}
}

// TestEveryMetricIsThere: what alerts and dashboards ask for, a running courier has, with
// the labels by which they choose and add up. And what a courier of ours counts, somebody
// looks at.
func TestEveryMetricIsThere(t *testing.T) {
	t.Parallel()
	courier, mock := start(t)
	live(t, courier, mock)
	secured := startSecured(t, mock)
	all := read(t)
	var missing []string
	require.Eventually(t, func() bool {
		has := make(samples)
		has.add(t, courier)
		has.add(t, secured)
		missing = all.missing(has)
		return len(missing) == 0
	}, within, 100*time.Millisecond, "%s", lazily(func() string { return strings.Join(missing, "\n") }))
}

// lazily is a text that is made when it is printed.
type lazily func() string

func (l lazily) String() string { return l() }

// unprovoked are values that the courier here does not come to: how deliveries and attempts
// fail (courier/delivery.go), a limit (courier/limits.go) and a kind of webhook
// (webhook/event.go).
func unprovoked() []string {
	return []string{"failed", "expired", "suppressed", "unknown", "total_limit", "fault"}
}

// missing says which metrics and labels the couriers do not have, and which nobody looks at.
func (w watched) missing(has samples) (faults []string) {
	looked := make(map[string]bool)
	for where, queries := range w.queries() {
		for _, q := range queries {
			for _, u := range q.Uses {
				if u.Metric == "up" { // Prometheus' own
					continue
				}
				if has[u.Metric] == nil {
					faults = append(faults, where+": there is no metric "+u.Metric)
					continue
				}
				looked[family(u.Metric)] = true
				for label, values := range u.Values {
					for _, value := range values {
						if !has[u.Metric][label][value] && !slices.Contains(unprovoked(), value) {
							faults = append(faults, where+": "+u.Metric+" has no "+label+" "+value)
						}
					}
				}
				for _, label := range u.Labels {
					if has[u.Metric][label] == nil && !slices.Contains(targetLabels(), label) {
						faults = append(faults, where+": "+u.Metric+" has no label "+label)
					}
				}
			}
		}
	}
	for metric := range has {
		if strings.HasPrefix(metric, "whatsapp_courier_") && !looked[family(metric)] {
			faults = append(faults, "nobody looks at "+metric)
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// family is the name of a histogram for its parts.
func family(metric string) string {
	for _, part := range []string{"_bucket", "_count", "_sum"} {
		metric = strings.TrimSuffix(metric, part)
	}
	return metric
}
