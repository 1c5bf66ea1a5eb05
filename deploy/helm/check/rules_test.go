package check

import (
	"encoding/json"
	"os"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// TestRulesAreThoseOfPrometheus: a chart holds only what is in its folder, so it has a copy of
// the alerts (go test -update writes it anew), and nothing of Helm changes what they say.
func TestRulesAreThoseOfPrometheus(t *testing.T) { // not parallel: before the others, the copy is made
	const source, file = "../../prometheus/alerts.yml", chartFolder + "/files/alerts.yml"
	text, err := os.ReadFile(source)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, text, 0o600))
	}
	ours, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(text), string(ours), "%s is no copy of %s; go test -update makes it one", file, source)

	var want, made monitoring.PrometheusRuleSpec
	require.NoError(t, yaml.UnmarshalStrict(text, &want))
	rules := installed(t, "everything").rules
	require.Len(t, rules, 1)
	for _, rule := range rules {
		require.Equal(t, "prometheus", rule.Labels["release"])
		made = rule.Spec
	}
	require.Equal(t, asJSON(t, want), asJSON(t, made))
	require.Empty(t, installed(t, "sqlite").rules)
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
