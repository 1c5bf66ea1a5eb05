package prometheus_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// watched are the alerts and dashboards, as the module check prints them.
type watched struct {
	Alerts []struct {
		Name        string
		Labels      map[string]string
		Annotations map[string]string
		query
	}
	Dashboards []dashboard
}

type dashboard struct {
	UID, Title string
	Tags       []string
	Panels     []panel
	// Variables are the metrics and labels of which the variables take their values.
	Variables []query
}

type panel struct {
	ID          int
	Title, Unit string
	// At is where it is and how large: x, y, width, height.
	At      [4]int
	Queries []query
}

// query is an expression of Prometheus.
type query struct {
	Expr string
	Uses []struct {
		Metric string
		Labels []string
		// Values are those by which it is chosen, by label, as far as they are plain words.
		Values map[string][]string
	}
	// Shown are the labels that the text beside it shows, Kept those of the result; null
	// means all of its metrics'.
	Shown, Kept []string
}

const alertsFile = "alerts.yml"

func dashboardFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../grafana/*.json")
	require.NoError(t, err)
	require.Len(t, files, 5)
	return files
}

// opened lets `go test` know that a result depends on files which only other programs read:
// it repeats an old one otherwise.
func opened(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		_, err := os.ReadFile(file)
		require.NoError(t, err)
	}
}

// check runs the module that reads such files.
func check(t *testing.T, files ...string) (out, faults string, err error) {
	t.Helper()
	own, err := filepath.Glob("check/*")
	require.NoError(t, err)
	opened(t, append(own, files...)...)
	args := []string{"run", "."}
	for _, file := range files {
		absolute, err := filepath.Abs(file)
		require.NoError(t, err)
		args = append(args, absolute)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = "check", append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func read(t *testing.T) (all watched) {
	t.Helper()
	out, faults, err := check(t, append(dashboardFiles(t), alertsFile)...)
	require.NoError(t, err, faults)
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	require.Greater(t, len(all.Alerts), 20)
	require.Len(t, all.Dashboards, 5)
	return all
}

// queries are all expressions, with where each stands.
func (w watched) queries() map[string][]query {
	all := make(map[string][]query)
	for _, alert := range w.Alerts {
		all[alert.Name] = append(all[alert.Name], alert.query)
	}
	for _, d := range w.Dashboards {
		all[d.Title] = append(all[d.Title], d.Variables...)
		for _, p := range d.Panels {
			where := d.Title + ": " + p.Title
			all[where] = append(all[where], p.Queries...)
		}
	}
	return all
}
