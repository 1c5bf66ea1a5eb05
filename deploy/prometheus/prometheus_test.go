package prometheus_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// TestPrometheusTakesIt: a real Prometheus with the configuration of
// deploy/compose.observability.yml finds the courier, can work out all alerts, and answers
// what the dashboards ask.
func TestPrometheusTakesIt(t *testing.T) {
	t.Parallel()
	bin := program(t, "prometheus")
	courier, mock := start(t)
	live(t, courier, mock)

	folder := t.TempDir()
	config, err := os.ReadFile("../compose/prometheus.yml")
	require.NoError(t, err)
	here := strings.NewReplacer("whatsapp-courier:4480", strings.TrimPrefix(courier.PrivateURL, "http://"), "interval: 15s", "interval: 1s").Replace(string(config))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "prometheus.yml"), []byte(here), 0o600))
	rules, err := os.ReadFile(alertsFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "alerts.yml"), rules, 0o600))
	promtool(t, "check", "config", filepath.Join(folder, "prometheus.yml"))

	port, err := testkit.FreePort()
	require.NoError(t, err)
	address := "127.0.0.1:" + strconv.Itoa(port)
	log, err := os.Create(filepath.Join(folder, "log"))
	require.NoError(t, err)
	defer log.Close()
	ctx, stop := context.WithCancel(t.Context())
	run := exec.CommandContext(ctx, bin, "--config.file="+filepath.Join(folder, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address)
	run.Stdout, run.Stderr = log, log
	require.NoError(t, run.Start())
	t.Cleanup(func() { stop(); _ = run.Wait() })
	p := prometheus{t, "http://" + address}

	require.Eventually(t, func() bool {
		var targets struct{ ActiveTargets []struct{ Health string } }
		return p.ask("targets", nil, &targets) && len(targets.ActiveTargets) == 1 && targets.ActiveTargets[0].Health == "up"
	}, within, 50*time.Millisecond, "the courier is not found where the configuration says")
	all := read(t)
	require.Eventually(t, func() bool {
		var rules struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		judged := 0
		require.True(t, p.ask("rules", nil, &rules))
		for _, group := range rules.Groups {
			for _, rule := range group.Rules {
				require.Empty(t, rule.LastError, rule.Name)
				if rule.Health == "ok" {
					judged++
				}
			}
		}
		return judged == len(all.Alerts)
	}, within, 50*time.Millisecond, "not all alerts are worked out")
	// Rates need two samples, and some things do not happen here.
	require.Eventually(t, func() bool { return p.shown(all) > 60 }, within, 500*time.Millisecond, "most panels show something")
}

// prometheus is a running one.
type prometheus struct {
	t   *testing.T
	url string
}

// shown is how many queries of dashboards have a result. All must have an answer.
func (p prometheus) shown(all watched) (count int) {
	for _, d := range all.Dashboards {
		for _, panel := range d.Panels {
			for _, q := range panel.Queries {
				var answer struct{ Result []any }
				require.True(p.t, p.ask("query", url.Values{"query": {q.Expr}}, &answer), "%s: %s: %s", d.Title, panel.Title, q.Expr)
				count += min(1, len(answer.Result))
			}
		}
	}
	return count
}

// ask calls its API, and reports whether it answered.
func (p prometheus) ask(what string, query url.Values, into any) bool {
	answer, err := testkit.Do(p.t.Context(), http.MethodGet, p.url+"/api/v1/"+what+"?"+query.Encode(), "")
	if err != nil || answer.Status != http.StatusOK {
		return false
	}
	require.NoError(p.t, json.Unmarshal([]byte(answer.Body), &struct{ Data any }{into}))
	return true
}
