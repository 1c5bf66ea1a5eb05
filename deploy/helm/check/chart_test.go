package check

import (
	"flag"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"sigs.k8s.io/yaml"
)

const chartFolder = "../whatsapp-courier"

var update = flag.Bool("update", false, "write testdata/*/golden.yaml anew")

// installations are the value sets, by name.
func installations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/values.yaml")
	require.NoError(t, err)
	require.Len(t, files, 6)
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names
}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartFolder)
	require.NoError(t, err)
	return c
}

func valuesOf(t *testing.T, installation string) map[string]any {
	t.Helper()
	values, err := chartutil.ReadValuesFile(filepath.Join("testdata", installation, "values.yaml"))
	require.NoError(t, err)
	return values
}

// rendered is what `helm template otp whatsapp-courier --namespace login` makes of values,
// by template.
func rendered(t *testing.T, values map[string]any) (map[string]string, error) {
	t.Helper()
	c := loadChart(t)
	release := chartutil.ReleaseOptions{Name: "otp", Namespace: "login", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(c, values, release, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, all)
}

// manifest is one text of all objects that an installation consists of.
func manifest(t *testing.T, installation string) string {
	t.Helper()
	files, err := rendered(t, valuesOf(t, installation))
	require.NoError(t, err)
	var names []string
	for name, text := range files {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(text) != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var all strings.Builder
	for _, name := range names {
		all.WriteString("---\n# " + filepath.Base(name) + "\n" + strings.TrimPrefix(strings.TrimSpace(files[name]), "---\n") + "\n")
	}
	return all.String()
}

func TestChartHasNoFaults(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		found := lint.All(chartFolder, valuesOf(t, installation), "login", true)
		for _, message := range found.Messages {
			if message.Severity > support.InfoSev {
				t.Errorf("%s: %s", installation, message)
			}
		}
	}
}

// The chart's own values are valid too, and the schema knows each of them.
func TestDefaultsAreInTheSchema(t *testing.T) {
	t.Parallel()
	_, err := rendered(t, nil)
	require.NoError(t, err)
	var schema struct {
		Properties map[string]any `json:"properties"`
	}
	require.NoError(t, yaml.Unmarshal(loadChart(t).Schema, &schema))
	for name := range loadChart(t).Values {
		require.Contains(t, schema.Properties, name)
	}
}

func TestInstallationsAreAsBefore(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		file := filepath.Join("testdata", installation, "golden.yaml")
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(manifest(t, installation)), 0o600))
		}
		golden, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(golden), manifest(t, installation), "%s; go test -update writes it anew", file)
	}
}

func TestNotesSayWhereItIs(t *testing.T) {
	t.Parallel()
	for installation, want := range map[string][]string{
		"sqlite":     {"http://otp-whatsapp-courier-private.login.svc:4480/kratos/messages", "Service otp-whatsapp-courier-public"},
		"everything": {"http://otp-whatsapp-courier-private.login.svc:4480/kratos/events", "https://otp.example.com/webhooks/meta"},
		"variables":  {"whatsapp-courier migrate up", "the Secret otp "},
		"snippets":   {"https://otp-whatsapp-courier-private.login.svc:8080/kratos/messages"},
	} {
		files, err := rendered(t, valuesOf(t, installation))
		require.NoError(t, err)
		for _, text := range want {
			require.Contains(t, files["whatsapp-courier/templates/NOTES.txt"], text)
		}
	}
}

// The values in the chart's README are valid.
func TestReadmeIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(chartFolder, "README.md"))
	require.NoError(t, err)
	blocks := strings.Split(string(text), "```yaml\n")
	require.Len(t, blocks, 4)
	for _, i := range []int{2, 3} {
		block, _, _ := strings.Cut(blocks[i], "```")
		var values map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(block), &values))
		_, err := rendered(t, values)
		require.NoError(t, err, block)
	}
}
