package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// attached is the target file of a deployment that runs already, and whose Kratos posts
// to the suite at this address. It needs bin/kratos, bin/whatsapp-courier and
// bin/mockmeta.
func attached(t *testing.T, tap string) (file string) {
	t.Helper()
	d, err := testkit.StartSystem(t.Context(), testkit.SystemOptions{
		Mock:   testkit.MockOptions{Args: []string{"--calm"}},
		Kratos: testkit.KratosOptions{CourierURL: "http://" + tap},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close(context.WithoutCancel(t.Context()))) })
	endpoint := func(url string) string {
		return fmt.Sprintf("{url: %q, header: X-API-Key, value: %q}", url, d.Courier.KratosKey)
	}
	return write(t, strings.Join([]string{
		"target: 1", "name: a courier that runs already",
		"messages: " + endpoint(d.Courier.MessagesURL()), "events: " + endpoint(d.Courier.EventsURL()),
		fmt.Sprintf("mock: {api: %q, control: %q}", d.Mock.APIURL, d.Mock.ControlURL),
		fmt.Sprintf("kratos: {public: %q, admin: %q}", d.Kratos.PublicURL, d.Kratos.AdminURL),
		"times: {fallback_after: 30s, fallback_overall: 60s}",
		"claims: [fallback, events, languages]",
	}, "\n"))
}

// judgedSpec is a spec in report.json.
type judgedSpec struct {
	Name    string   `json:"name"`
	IDs     []string `json:"ids"`
	Outcome string   `json:"outcome"`
	Why     string   `json:"why"`
	Events  []struct {
		From string `json:"from"`
		What string `json:"what"`
	} `json:"events"`
}

// judged are the specs of a run that were chosen, as the report has them.
func judged(t *testing.T, got outcome) (specs []judgedSpec) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(got.dir, "conformance-report", "report.json"))
	require.NoError(t, err, "%s%s", got.out, got.err)
	var said struct {
		Specs []judgedSpec `json:"specs"`
	}
	require.NoError(t, json.Unmarshal(raw, &said))
	for _, spec := range said.Specs {
		if spec.Outcome != "not chosen" {
			specs = append(specs, spec)
		}
	}
	return specs
}

// TestTheSuiteStandsBeforeACourierThatRuns runs the specs that have to stand between
// Kratos and a courier against a deployment that runs already.
func TestTheSuiteStandsBeforeACourierThatRuns(t *testing.T) {
	port, err := testkit.FreePort()
	require.NoError(t, err)
	tap := fmt.Sprintf("127.0.0.1:%d", port)
	args := []string{
		"run", "--target", attached(t, tap),
		"--focus", "the web hooks of Kratos do not", "--focus", "Kratos is told at once", "--focus", "when Kratos passes it on",
	}
	without := judged(t, call(t, args...))
	require.Len(t, without, 4)
	for _, spec := range without {
		require.Equal(t, "skipped", spec.Outcome, spec.Name)
		require.Contains(t, spec.Why, "the target does not offer tap (Kratos posts to the target; with --tap")
	}
	got := call(t, append(args, "--tap", tap)...)
	posted := false
	for _, spec := range judged(t, got) {
		require.Contains(t, []string{"pass", "not applicable"}, spec.Outcome, "%s: %s\n%s", spec.Name, spec.Why, got.out)
		for _, event := range spec.Events {
			posted = posted || event.From == "Kratos" && strings.HasPrefix(event.What, "POST /kratos/messages, answered 204 in ")
		}
	}
	require.True(t, posted, "the timeline has what Kratos posted")
	require.Contains(t, got.out, "3 pass")
}

func TestATapWhereNoKratosPosts(t *testing.T) {
	port, err := testkit.FreePort()
	require.NoError(t, err)
	tap := fmt.Sprintf("127.0.0.1:%d", port)
	file := attached(t, "127.0.0.1:1")
	got := call(t, "run", "--target", file, "--tap", tap, "--focus", "Kratos is told at once")
	specs := judged(t, got)
	require.Equal(t, "blocked", specs[0].Outcome, got.out)
	require.Contains(t, specs[0].Why, "Kratos posts through the tap at http://"+tap)
}
