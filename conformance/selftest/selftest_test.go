package selftest_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/selftest"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/selftest/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func requirements(t *testing.T) catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	return c
}

// TestEachFaultIsTried compares the table with the courier's own list.
func TestEachFaultIsTried(t *testing.T) {
	t.Parallel()
	var listed, there []string
	for _, row := range selftest.Rows() {
		listed = append(listed, row.Fault)
	}
	for _, f := range courier.Faults() {
		there = append(there, string(f))
	}
	require.ElementsMatch(t, there, listed, "each fault once")
}

func TestTheListsNameRequirements(t *testing.T) {
	t.Parallel()
	c := requirements(t)
	known := func(fault string, ids []string) {
		for _, id := range ids {
			_, ok := c.Requirement(id)
			require.True(t, ok, "%s: %s", fault, id)
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), len(ids), "%s: a requirement is there twice", fault)
	}
	for _, row := range selftest.Rows() {
		require.NotEmpty(t, row.Fails, row.Fault)
		require.NotEmpty(t, row.Keeps, row.Fault)
		known(row.Fault, row.Focus())
	}
}

func TestTheTargetIsOne(t *testing.T) {
	t.Parallel()
	var claims []string
	for _, w := range requirements(t).Claims {
		claims = append(claims, w.Name)
	}
	courier := selftest.Target("/bin/selftest-courier", "no-limit")
	require.NoError(t, courier.Check(claims))
	require.False(t, courier.Shared())
}

func TestTheCourierWithItsOwnTimesIsATarget(t *testing.T) {
	t.Parallel()
	c := requirements(t)
	var claims []string
	for _, w := range c.Claims {
		claims = append(claims, w.Name)
	}
	courier := selftest.Stating("/bin/selftest-courier", selftest.OwnTimes())
	require.NoError(t, courier.Check(claims), "it is told none of them")
	require.Contains(t, courier.Start.Command, "--fallback-overall=8s")
	require.Equal(t, selftest.Target("", "").Access(), courier.Access())
	for _, id := range selftest.Waiting() {
		_, ok := c.Requirement(id)
		require.True(t, ok, id)
	}
}

// saw is a verdict with these outcomes; every other requirement was not chosen.
func saw(outcomes map[string]verdict.Outcome) verdict.Verdict {
	v := verdict.Verdict{}
	for _, id := range []string{"MSG-1", "MSG-2", "MSG-3"} {
		outcome, ok := outcomes[id]
		if !ok {
			outcome = verdict.NotChosen
		}
		v.Requirements = append(v.Requirements, verdict.Requirement{Requirement: catalogue.Requirement{ID: id}, Outcome: outcome})
	}
	return v
}

func TestCompare(t *testing.T) {
	t.Parallel()
	row := selftest.Row{Fault: "f", Fails: []string{"MSG-1"}, Keeps: []string{"MSG-2"}}
	for name, c := range map[string]struct {
		saw   map[string]verdict.Outcome
		wrong []string
	}{
		"as it has to be":         {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Pass}, nil},
		"a neighbour is blocked":  {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Blocked}, nil},
		"the fault is missed":     {map[string]verdict.Outcome{"MSG-1": verdict.Pass, "MSG-2": verdict.Pass}, []string{"MSG-1: has to fail, and the outcome is pass"}},
		"the fault is blocked":    {map[string]verdict.Outcome{"MSG-1": verdict.Blocked, "MSG-2": verdict.Pass}, []string{"MSG-1: has to fail, and the outcome is blocked"}},
		"a neighbour is blamed":   {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Fail}, []string{"MSG-2: fails, and the courier keeps it"}},
		"a neighbour is skipped":  {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Skipped}, []string{"MSG-2: was to be looked at, and the outcome is skipped"}},
		"blame outside the focus": {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Pass, "MSG-3": verdict.Fail}, []string{"MSG-3: fails, and the courier keeps it"}},
		"skipped outside of it":   {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Pass, "MSG-3": verdict.Skipped}, nil},
	} {
		require.Equal(t, c.wrong, row.Compare(saw(c.saw)), name)
	}
	broken := saw(map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Pass})
	broken.Outcome, broken.Reasons = verdict.Error, []string{"the suite broke"}
	require.Equal(t, []string{"the suite broke"}, row.Compare(broken))
	require.Len(t, row.Compare(verdict.Verdict{}), 2, "a verdict on nothing")
}

func TestCompareEmptied(t *testing.T) {
	t.Parallel()
	row := selftest.Row{Fault: "f", Fails: []string{"MSG-1", "MSG-2"}, Keeps: []string{"MSG-3"}}
	for name, c := range map[string]struct {
		saw   map[string]verdict.Outcome
		wrong []string
	}{
		"both pass":        {map[string]verdict.Outcome{"MSG-1": verdict.Pass, "MSG-2": verdict.Pass}, nil},
		"one still fails":  {map[string]verdict.Outcome{"MSG-1": verdict.Fail, "MSG-2": verdict.Pass}, []string{"MSG-1: its specs do nothing, and yet it does not pass"}},
		"one is not there": {map[string]verdict.Outcome{"MSG-2": verdict.Pass}, []string{"MSG-1: its specs do nothing, and yet it does not pass", "MSG-1: has to fail, and the outcome is not chosen"}},
		"another one fails": {
			map[string]verdict.Outcome{"MSG-1": verdict.Pass, "MSG-2": verdict.Pass, "MSG-3": verdict.Fail},
			[]string{"MSG-3: fails, and the courier keeps it"},
		},
	} {
		require.Equal(t, c.wrong, row.CompareEmptied(saw(c.saw)), name)
	}
}

// TestNoRowIsRightWithoutItsSpecs replaces, in each row, one requirement that has to fail
// by one that passes, as a spec without a body does.
func TestNoRowIsRightWithoutItsSpecs(t *testing.T) {
	t.Parallel()
	c := requirements(t)
	for _, row := range selftest.Rows() {
		for _, emptied := range row.Fails {
			v := verdict.Verdict{}
			for _, q := range c.Requirements {
				outcome := verdict.NotChosen
				switch {
				case q.ID == emptied, slices.Contains(row.Keeps, q.ID):
					outcome = verdict.Pass
				case slices.Contains(row.Fails, q.ID):
					outcome = verdict.Fail
				}
				v.Requirements = append(v.Requirements, verdict.Requirement{Requirement: q, Outcome: outcome})
			}
			require.Equal(t, []string{emptied + ": has to fail, and the outcome is pass"}, row.Compare(v), row.Fault)
		}
	}
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	secrets := []report.Secret{{Kind: report.Code, Value: "314159"}, {Kind: report.Number, Value: "+12025550143"}, {Kind: report.Token, Value: "a-token"}, {Kind: report.Code, Value: "7"}}
	for text, want := range map[string][]string{
		"(code) for (number)":     nil,
		"the code 314159.":        {"report.html shows a code"},
		"1794314159265 and 7":     nil,
		"5314159 and then 314159": {"report.html shows a code"},
		"to 12025550143, a-token": {"report.html shows a number", "report.html shows a token"},
		"12025550143":             {"report.html shows a number"},
	} {
		require.Equal(t, want, selftest.Leaks(map[string][]byte{"/tmp/report.html": []byte(text)}, secrets), text)
	}
}

func TestCompareRight(t *testing.T) {
	t.Parallel()
	require.Empty(t, selftest.CompareRight(saw(map[string]verdict.Outcome{"MSG-1": verdict.Pass, "MSG-2": verdict.Blocked, "MSG-3": verdict.Skipped})))
	blocked := saw(map[string]verdict.Outcome{"MSG-1": verdict.Pass})
	blocked.Specs = []verdict.Spec{{Spec: catalogue.Spec{Name: "a code arrives", IDs: []string{"MSG-1", "MSG-2"}}, Seen: verdict.Seen{Outcome: verdict.Blocked, Why: "no code"}}}
	require.Equal(t, []string{"MSG-1, MSG-2: blocked; a code arrives: no code"}, selftest.CompareRight(blocked))
	require.Equal(t, []string{"MSG-2: fails, and the courier keeps it"},
		selftest.CompareRight(saw(map[string]verdict.Outcome{"MSG-1": verdict.Pass, "MSG-2": verdict.Fail})))
	require.Equal(t, []string{"nothing passes"}, selftest.CompareRight(saw(map[string]verdict.Outcome{"MSG-1": verdict.Skipped})))
}
