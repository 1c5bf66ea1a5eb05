package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// TestMain lets the test's program play a child, as courier-conformance does.
func TestMain(m *testing.M) {
	if os.Getenv("RUNNER_TEST_CHILD") != "" {
		play()
		return
	}
	os.Exit(m.Run())
}

// play does with each spec what its name says.
func play() {
	var j job
	if json.NewDecoder(os.Stdin).Decode(&j) != nil {
		os.Exit(9)
	}
	lines := json.NewEncoder(Lines())
	for _, name := range j.Specs {
		what, atFirst := strings.CutPrefix(name, "blocked, then ")
		if atFirst = atFirst && slices.Contains(j.Specs, "passes"); atFirst {
			what = "blocked"
		}
		if what == "does not begin" {
			os.Exit(5)
		}
		if strings.HasPrefix(what, "broken") {
			_ = lines.Encode(line{Broken: "no port is free"})
			return
		}
		_ = lines.Encode(line{Begins: name})
		e := ended{Name: name, Outcome: verdict.Pass, Needs: []string{"kratos"}}
		if slices.Contains(j.First, name) {
			e.Why = "it came first"
		}
		switch {
		case strings.HasPrefix(what, "crashes"):
			_, _ = os.Stderr.WriteString("panic: out of luck")
			os.Exit(7)
		case strings.HasPrefix(what, "hangs"):
			<-time.After(time.Hour)
		case strings.HasPrefix(what, "promises"):
			defer func() {
				_ = lines.Encode(line{Promise: &specs.Promise{Spec: name, How: "2 SMS"}})
				_ = lines.Encode(line{Fault: "it did not stop"})
			}()
		case strings.HasPrefix(what, "slow"):
			<-time.After(300 * time.Millisecond)
		case strings.HasPrefix(what, "blocked beside others") && len(j.Specs) > 1, what == "blocked", strings.HasPrefix(what, "blocked always"):
			e.Outcome, e.Why = verdict.Blocked, "three were too late"
		case strings.HasPrefix(what, "fails"):
			e.Outcome, e.Why = verdict.Fail, "no SMS"
			e.Secrets = []report.Secret{{Kind: report.Code, Value: "481920"}}
			e.Detail = report.Detail{Seconds: 2, Failure: "all about it"}
		}
		_ = lines.Encode(line{Ended: &e})
	}
}

func options(t *testing.T, shards int, names ...string) Options {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return Options{
		Program: self, Env: []string{"RUNNER_TEST_CHILD=1"}, Specs: named(names...), Shards: shards, Seed: 1, Quiet: time.Minute,
	}
}

func outcomes(r Result) map[string]verdict.Outcome {
	all := map[string]verdict.Outcome{}
	for name, seen := range r.Seen {
		all[name] = seen.Outcome
	}
	return all
}

func TestARunCollectsWhatItsShardsSay(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options(t, 2, "passes 1", "passes 2", "fails")
	o.Progress = NewProgress(&out, false, time.Now)
	r := Run(t.Context(), o)
	require.Equal(t, map[string]verdict.Outcome{"passes 1": verdict.Pass, "passes 2": verdict.Pass, "fails": verdict.Fail}, outcomes(r))
	require.Equal(t, "no SMS", r.Seen["fails"].Why)
	require.Equal(t, "all about it", r.Details["fails"].Failure)
	require.Equal(t, []string{"kratos"}, r.Needs["passes 1"])
	require.Equal(t, []report.Secret{{Kind: report.Code, Value: "481920"}}, r.Secrets)
	require.Equal(t, 2, r.Shards)
	require.Contains(t, out.String(), "3 specs in 2 shards")
	require.Contains(t, out.String(), "FAIL     fails")
}

func TestWhatWasBlockedIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options(t, 1, "passes", "blocked beside others", "fails")
	o.Progress = NewProgress(&out, false, time.Now)
	r := Run(t.Context(), o)
	require.Equal(t, map[string]verdict.Outcome{"passes": verdict.Pass, "blocked beside others": verdict.Pass, "fails": verdict.Fail}, outcomes(r))
	require.Equal(t, []report.Note{{Name: "First try", Text: "blocked: three were too late"}}, r.Details["blocked beside others"].Notes)
	require.Empty(t, r.Details["passes"].Notes)
	require.Contains(t, out.String(), "blocked specs run once more, with nothing beside them: 1")

	require.Equal(t, map[string]verdict.Outcome{"blocked always": verdict.Blocked}, outcomes(Run(t.Context(), options(t, 1, "blocked always"))))
}

// Whether its deployment breaks or it does not even begin, nothing more is known of what was blocked.
func TestASecondTryThatDoesNotStartLeavesTheVerdictAsItWas(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"broken", "does not begin"} {
		r := Run(t.Context(), options(t, 1, "passes", "blocked, then "+how))
		require.Equal(t, map[string]verdict.Outcome{"passes": verdict.Pass, "blocked, then " + how: verdict.Blocked}, outcomes(r))
		require.Empty(t, r.Broken)
	}
}

// What failed before a second try broke has failed.
func TestASecondTryThatBreaksLateKeepsWhatItSaw(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), options(t, 1, "passes", "blocked, then fails", "blocked, then crashes", "blocked, then promises", "blocked, then broken"))
	require.Equal(t, map[string]verdict.Outcome{
		"passes": verdict.Pass, "blocked, then fails": verdict.Fail, "blocked, then crashes": verdict.Error,
		"blocked, then promises": verdict.Fail, "blocked, then broken": verdict.Blocked,
	}, outcomes(r))
	require.Equal(t, []string{"it did not stop"}, r.Faults)
	require.Empty(t, r.Broken)
}

func TestManyBlockedAreNotAskedAgain(t *testing.T) {
	t.Parallel()
	names := make([]string, mostAgain+1)
	for i := range names {
		names[i] = fmt.Sprintf("blocked always %d", i)
	}
	r := Run(t.Context(), options(t, 2, names...))
	for name, seen := range r.Seen {
		require.Equal(t, verdict.Blocked, seen.Outcome, name)
		require.Empty(t, r.Details[name].Notes, name)
	}
}

func TestACrashCostsOneSpec(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), options(t, 1, "passes 1", "crashes 1", "passes 2", "crashes 2", "passes 3"))
	require.Equal(t, map[string]verdict.Outcome{
		"passes 1": verdict.Pass, "passes 2": verdict.Pass, "passes 3": verdict.Pass,
		"crashes 1": verdict.Error, "crashes 2": verdict.Error,
	}, outcomes(r))
	require.Equal(t, "the suite ended in the middle: exit status 7", r.Seen["crashes 1"].Why)
	require.Equal(t, "panic: out of luck", r.Details["crashes 1"].Failure)
}

func TestWhatMakesPromisesComesFirst(t *testing.T) {
	t.Parallel()
	o := options(t, 1, "passes 1", "passes 2", "passes 3")
	o.Measured = map[string]Measured{"passes 1": {Waits: []string{target.WaitFallback}}, "passes 2": {Waits: []string{target.WaitEnd, target.WaitFallback}}}
	seen := Run(t.Context(), o).Seen
	require.Equal(t, "it came first", seen["passes 2"].Why)
	require.Empty(t, seen["passes 1"].Why)
	require.Empty(t, seen["passes 3"].Why)
}

func TestAHangCostsOneSpec(t *testing.T) {
	t.Parallel()
	o := options(t, 1, "hangs", "passes")
	o.Quiet = 5 * time.Second // A process takes a while to start on a busy machine.
	r := Run(t.Context(), o)
	require.Equal(t, map[string]verdict.Outcome{"hangs": verdict.Error, "passes": verdict.Pass}, outcomes(r))
	require.Contains(t, r.Details["hangs"].Failure, "nothing happened for 5s")
}

func TestAPromiseThatIsBrokenLaterFailsItsSpec(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options(t, 1, "promises", "passes")
	o.Progress = NewProgress(&out, false, time.Now)
	r := Run(t.Context(), o)
	require.Equal(t, verdict.Seen{Outcome: verdict.Fail, Why: "after its end: 2 SMS"}, r.Seen["promises"])
	require.Equal(t, verdict.Pass, r.Seen["passes"].Outcome)
	require.Equal(t, []string{"it did not stop"}, r.Faults)
	require.Contains(t, out.String(), "FAIL     promises")
}

func TestAShardThatGoesOnDoesNotHang(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("slow %d", i))
	}
	o := options(t, 1, names...)
	o.Quiet = 5 * time.Second // Each takes much less, all together more.
	for name, seen := range Run(t.Context(), o).Seen {
		require.Equal(t, verdict.Pass, seen.Outcome, name)
	}
}

func TestAShardThatDoesNotBeginIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), options(t, 1, "does not begin", "passes"))
	require.Equal(t, map[string]verdict.Outcome{"does not begin": verdict.Error, "passes": verdict.Error}, outcomes(r))
	require.Contains(t, r.Seen["passes"].Why, "the suite did not run it: exit status 5")
}

func TestADeploymentThatDoesNotStartEndsTheRun(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), options(t, 2, "broken", "hangs"))
	require.Equal(t, "no port is free", r.Broken)
	require.Equal(t, verdict.Error, r.Seen["hangs"].Outcome)
}

func TestAnInterruptedRunHasAnOutcomeForEverySpec(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, 1, "hangs", "passes")
	time.AfterFunc(200*time.Millisecond, cancel)
	r := Run(ctx, o)
	require.Equal(t, verdict.Seen{Outcome: verdict.Error, Why: "the run was interrupted"}, r.Seen["passes"])
	require.Equal(t, verdict.Error, r.Seen["hangs"].Outcome)
}

func TestAProgramThatIsNotThere(t *testing.T) {
	t.Parallel()
	o := options(t, 1, "passes")
	o.Program = "/no/such/program"
	r := Run(t.Context(), o)
	require.Contains(t, r.Seen["passes"].Why, "no such file")
}

func TestProgressSaysWhatRunsAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	p := NewProgress(&out, false, func() time.Time { return now })
	measured := map[string]Measured{"a": {Seconds: 3}, "b": {Seconds: 10}, "c": {Seconds: 4}}
	p.planned([]shard{{specs: []string{"b", "a"}, seconds: 13}, {specs: []string{"c"}, seconds: 4}}, measured)
	p.begins(0, "b")
	p.begins(1, "c")
	require.Equal(t, "3 specs in 2 shards\n", out.String(), "nothing to say yet")
	now = now.Add(6 * time.Second)
	p.ended(1, ended{Name: "c", Outcome: verdict.Pass})
	require.Contains(t, out.String(), "  6 s: 1/3, about 13 s left, 1 run, such as: b\n")
	now = now.Add(6 * time.Second)
	p.ended(0, ended{Name: "b", Outcome: verdict.Blocked})
	require.Contains(t, out.String(), "BLOCKED  b\n 12 s: 2/3, 1 blocked, about 3 s left\n")

	out.Reset()
	p = NewProgress(&out, true, func() time.Time { return now })
	p.planned([]shard{{specs: []string{strings.Repeat("long ", 50)}}}, nil)
	now = now.Add(time.Second)
	p.begins(0, strings.Repeat("long ", 50))
	p.done()
	_, line, _ := strings.Cut(out.String(), "\r\x1b[K")
	require.Len(t, strings.TrimSuffix(line, "\r\x1b[K"), 110, "one line of a terminal")
}
