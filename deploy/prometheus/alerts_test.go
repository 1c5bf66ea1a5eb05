package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// promtool checks files as Prometheus reads them.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program(t, "promtool"), args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// program is a program of Debian's package prometheus.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("%s is missing: apt-get install prometheus", name)
	}
	require.NoError(t, err)
	return path
}

func TestAlertsFireInTheirExamples(t *testing.T) {
	t.Parallel()
	opened(t, alertsFile, "alerts_test.yml")
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", alertsFile)
	promtool(t, "test", "rules", "alerts_test.yml")
}

func TestEachAlertHasAnExample(t *testing.T) {
	t.Parallel()
	examples, err := os.ReadFile("alerts_test.yml")
	require.NoError(t, err)
	for _, alert := range read(t).Alerts {
		require.Contains(t, string(examples), `'{alertname="`+alert.Name+`"}', value: 1}`)
	}
}

// TestRunbook: every alert leads to its section, and every section is an alert's.
func TestRunbook(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../RUNBOOK.md")
	require.NoError(t, err)
	sections := make(map[string]string)
	for _, section := range strings.Split(string(page), "\n### ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		require.NotContains(t, sections, name)
		sections[name], _, _ = strings.Cut(text, "\n## ")
	}
	const runbook = "https://github.com/kratos-whatsapp/kratos-whatsapp/blob/main/deploy/RUNBOOK.md#"
	for _, alert := range read(t).Alerts {
		require.Contains(t, []string{"critical", "warning"}, alert.Labels["severity"], alert.Name)
		require.NotEmpty(t, alert.Annotations["summary"], alert.Name)
		require.NotEmpty(t, alert.Annotations["description"], alert.Name)
		// GitHub makes the anchor of a heading so, if it is one word.
		require.Equal(t, runbook+strings.ToLower(alert.Name), alert.Annotations["runbook_url"])
		require.Contains(t, sections, alert.Name)
		for _, part := range []string{"**Means.**", "**People notice", "**Look.**", "**Do.**"} {
			require.Contains(t, sections[alert.Name], part, alert.Name)
		}
		delete(sections, alert.Name)
	}
	require.Empty(t, sections, "sections of no alert")
}

func TestWhatNoOneKnowsIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, from, to, says string }{
		"a misspelt key of a rule":   {alertsFile, "        annotations:", "        anotations:", "anotations"},
		"a broken expression":        {alertsFile, "absent(", "abscent(", "abscent"},
		"a misspelt key of a panel":  {"../grafana/funnel.json", `"fieldConfig"`, `"fieldsConfig"`, "fieldsConfig"},
		"a misspelt key of a target": {"../grafana/funnel.json", `"legendFormat"`, `"legend"`, "legend"},
		"a misspelt option":          {"../grafana/funnel.json", `"colorMode"`, `"colourMode"`, "colourMode"},
		"a broken expression there":  {"../grafana/funnel.json", `sum(increase(`, `sum(increas(`, "increas"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(c.file)
			require.NoError(t, err)
			broken := strings.Replace(string(text), c.from, c.to, 1)
			require.NotEqual(t, string(text), broken)
			file := filepath.Join(t.TempDir(), filepath.Base(c.file))
			require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
			_, faults, err := check(t, file)
			require.Error(t, err)
			require.Contains(t, faults, c.says)
		})
	}
}
