package prometheus_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// targetLabels are those that Prometheus and its operator add to what they scrape.
func targetLabels() []string { return []string{"job", "instance", "namespace", "pod"} }

func TestDashboardsAreLaidOut(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, d := range read(t).Dashboards {
		require.True(t, strings.HasPrefix(d.UID, "whatsapp-courier-"), d.UID)
		require.False(t, seen[d.UID], d.UID)
		seen[d.UID] = true
		require.Equal(t, []string{"whatsapp-courier"}, d.Tags, "by which they link to each other")
		require.NotEmpty(t, d.Panels)
		for i, p := range d.Panels {
			require.Equal(t, i+1, p.ID, "%s: %s", d.Title, p.Title)
			require.NotEmpty(t, p.Title)
			require.NotEmpty(t, p.Queries, p.Title)
			// Of Grafana's units those that the panels need: a number, a share, seconds, bytes,
			// requests and events a second.
			require.Contains(t, []string{"short", "percentunit", "s", "bytes", "reqps", "cps"}, p.Unit, p.Title)
			require.LessOrEqual(t, p.At[0]+p.At[2], 24, "%s is wider than the page", p.Title)
			for _, other := range d.Panels[:i] {
				apart := p.At[0] >= other.At[0]+other.At[2] || other.At[0] >= p.At[0]+p.At[2] ||
					p.At[1] >= other.At[1]+other.At[3] || other.At[1] >= p.At[1]+p.At[3]
				require.True(t, apart, "%s lies on %s", p.Title, other.Title)
			}
		}
	}
}

// TestTextsShowLabelsThatAreThere: what an aggregation has dropped is not shown beside it.
func TestTextsShowLabelsThatAreThere(t *testing.T) {
	t.Parallel()
	shown := 0
	for where, queries := range read(t).queries() {
		for _, q := range queries {
			for _, label := range q.Shown {
				shown++
				if q.Kept != nil {
					require.Contains(t, q.Kept, label, "%s shows {{%s}} of %s", where, label, q.Expr)
				}
			}
			if q.Kept != nil {
				require.False(t, slices.Contains(q.Kept, "le") && !strings.Contains(where, "all of them"), where)
			}
		}
	}
	require.Greater(t, shown, 30)
}
