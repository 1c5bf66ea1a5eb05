package runner

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func readFile(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(raw)
}

func entry(name string, value any) types.ReportEntry {
	return types.ReportEntry{Name: name, Value: types.WrapEntryValue(value)}
}

func TestWhatGinkgoSaysOfASpec(t *testing.T) {
	t.Parallel()
	failure := types.Failure{Message: "Expected\n    <int>: 1\nto equal\n    <int>: 2", Location: types.CodeLocation{FileName: "/somewhere/specs/login.go", LineNumber: 7}}
	for name, c := range map[string]struct {
		spec    ginkgo.SpecReport
		outcome verdict.Outcome
		why     string
	}{
		"passed": {ginkgo.SpecReport{State: types.SpecStatePassed}, verdict.Pass, ""},
		"failed": {ginkgo.SpecReport{State: types.SpecStateFailed, Failure: failure}, verdict.Fail, "Expected <int>: 1 to equal <int>: 2"},
		"failed, and again in the clean-up": {ginkgo.SpecReport{
			State: types.SpecStateFailed, Failure: failure,
			AdditionalFailures: []types.AdditionalFailure{{Failure: types.Failure{Message: "it did not stop"}}},
		}, verdict.Fail, "Expected <int>: 1 to equal <int>: 2"},
		"skipped":        {ginkgo.SpecReport{State: types.SpecStateSkipped, Failure: types.Failure{Message: "no disk to fill"}}, verdict.Skipped, "no disk to fill"},
		"not applicable": {ginkgo.SpecReport{State: types.SpecStateSkipped, Failure: types.Failure{Message: specs.NotApplicable + "an old Kratos"}}, verdict.NotApplicable, "an old Kratos"},
		"pending":        {ginkgo.SpecReport{State: types.SpecStatePending}, verdict.Skipped, ""},
		"panicked":       {ginkgo.SpecReport{State: types.SpecStatePanicked, Failure: types.Failure{Message: "Test Panicked", ForwardedPanic: "index out of range"}}, verdict.Error, "Test Panicked index out of range"},
		"interrupted":    {ginkgo.SpecReport{State: types.SpecStateInterrupted, Failure: types.Failure{Message: "Interrupted by User"}}, verdict.Error, "Interrupted by User"},
		"blocked": {ginkgo.SpecReport{State: types.SpecStateFailed, Failure: failure, ReportEntries: types.ReportEntries{
			entry(specs.BlockedEntry, "a deployment of its own starts"),
		}}, verdict.Blocked, "a deployment of its own starts: Expected <int>: 1 to equal <int>: 2"},
		"timed out": {ginkgo.SpecReport{State: types.SpecStateTimedout, Failure: types.Failure{Message: "A spec timeout occurred"}}, verdict.Fail, "A spec timeout occurred"},
		"timed out while it waited": {ginkgo.SpecReport{
			State: types.SpecStateTimedout, Failure: types.Failure{Message: "A spec timeout occurred"},
			AdditionalFailures: []types.AdditionalFailure{{Failure: types.Failure{
				Message: "Unexpected error:\n    <*fmt.wrapError | 0xc000>: \n    waited for 1 messages, there are 0\n    {\n        msg: \"…\",\n    }\noccurred",
			}}},
		}, verdict.Fail, `waited for 1 messages, there are 0 msg: "…", occurred`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(c.spec)
			require.Equal(t, c.outcome, got.Outcome)
			require.Equal(t, c.why, got.Why)
		})
	}
}

func TestASpecBringsWhatItNoted(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC)
	got := read(ginkgo.SpecReport{
		ContainerHierarchyTexts: []string{"", "a login"}, LeafNodeText: "succeeds", LeafNodeType: types.NodeTypeIt,
		State: types.SpecStateFailed, RunTime: 1234567 * time.Microsecond,
		Failure: types.Failure{Message: "no", Location: types.CodeLocation{FileName: "/somewhere/specs/login.go", LineNumber: 7}},
		ReportEntries: types.ReportEntries{
			entry(specs.AccessEntry, "operator"), entry(specs.AccessEntry, "kratos"), entry(specs.AccessEntry, "operator"),
			entry(specs.WaitEntry, "window"), entry(specs.WaitEntry, "window"),
			entry(specs.SecretsEntry, []testkit.Hidden{{Kind: testkit.Code, Value: "481920"}}),
			entry(specs.TimelineEntry, []specs.Event{{At: at, From: "courier", To: "provider", What: "POST"}}),
			entry(specs.TimelineEntry, []specs.Event{{At: at.Add(-time.Second), From: "Kratos", To: "courier", What: "POST"}}),
			entry("courier", "its log"),
		},
	})
	require.Equal(t, ended{
		Name: "a login succeeds", Outcome: verdict.Fail, Why: "no", Needs: []string{"kratos", "operator"}, Waits: []string{"window"},
		Secrets: []report.Secret{{Kind: "code", Value: "481920"}},
		Detail: report.Detail{
			Seconds: 1.23, Failure: "login.go:7\nno", Notes: []report.Note{{Name: "courier", Text: "its log"}},
			Events: []report.Event{{At: at.Add(-time.Second), From: "Kratos", To: "courier", What: "POST"}, {At: at, From: "courier", To: "provider", What: "POST"}},
		},
	}, got)
}

func TestWhatHappensAroundTheSpecs(t *testing.T) {
	t.Parallel()
	failed := func(kind types.NodeType, entries ...types.ReportEntry) ginkgo.SpecReport {
		return ginkgo.SpecReport{LeafNodeType: kind, State: types.SpecStateFailed, Failure: types.Failure{Message: "no"}, ReportEntries: entries}
	}
	promise := specs.Promise{Spec: "a login succeeds", How: "2 SMS"}
	require.Equal(t, []line{{Broken: "no"}}, around(failed(types.NodeTypeBeforeSuite)))
	require.Equal(t, []line{{Fault: "no"}}, around(failed(types.NodeTypeCleanupAfterSuite)))
	require.Equal(t, []line{{Promise: &promise}}, around(failed(types.NodeTypeCleanupAfterSuite, entry(specs.PromiseEntry, promise))))
	require.Empty(t, around(failed(types.NodeTypeIt)), "a spec is said when it ends")
	require.Empty(t, around(ginkgo.SpecReport{LeafNodeType: types.NodeTypeBeforeSuite, State: types.SpecStatePassed}))
}

func TestASummaryIsShort(t *testing.T) {
	t.Parallel()
	require.Equal(t, "start the target: it ended", summary(types.Failure{Message: "Unexpected error:\n    <*errors.joinError | 0xc000>: \n    start the target: it ended\n    {\n        errs: [\n            <*fmt.wrapError | 0xc001>{\n"}))
	require.Len(t, []rune(summary(types.Failure{Message: strings.Repeat("ü", 1000)})), 301)
}
