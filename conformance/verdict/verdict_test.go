package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// input is a run in which everything passes: a must and a should of core, and a
// must of fallback that has to be claimed. One spec is for two requirements.
func input() verdict.Input {
	return verdict.Input{
		Catalogue: catalogue.Catalogue{
			Profiles: []catalogue.Word{{Name: "core"}, {Name: "fallback"}},
			Requirements: []catalogue.Requirement{
				{ID: "A-1", Level: catalogue.Must, Profile: "core"},
				{ID: "A-2", Level: catalogue.Should, Profile: "core"},
				{ID: "B-1", Level: catalogue.Must, Profile: "fallback", Claims: []string{"fallback"}},
			},
		},
		Specs: []catalogue.Spec{
			{Name: "a1 one", IDs: []string{"A-1"}},
			{Name: "a1 two", IDs: []string{"A-1"}},
			{Name: "a2", IDs: []string{"A-2"}},
			{Name: "b1", IDs: []string{"B-1"}},
			{Name: "b1 and a1", IDs: []string{"B-1", "A-1"}},
		},
		Target: verdict.Target{Claims: []string{"fallback"}},
		Needs:  map[string][]string{"a1 one": {"kratos"}, "a1 two": {"kratos"}, "a2": nil, "b1": {"operator", "kratos"}, "b1 and a1": {"kratos"}},
		Seen:   seen(verdict.Pass, "a1 one", "a1 two", "a2", "b1", "b1 and a1"),
		Today:  time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC),
	}
}

func seen(outcome verdict.Outcome, names ...string) map[string]verdict.Seen {
	all := map[string]verdict.Seen{}
	for _, name := range names {
		all[name] = verdict.Seen{Outcome: outcome}
	}
	return all
}

func set(outcome verdict.Outcome, names ...string) func(*verdict.Input) {
	return func(in *verdict.Input) {
		for _, name := range names {
			in.Seen[name] = verdict.Seen{Outcome: outcome}
		}
	}
}

func expect(entries ...verdict.Expected) func(*verdict.Input) {
	return func(in *verdict.Input) { in.Expected = append(in.Expected, entries...) }
}

func all(changes ...func(*verdict.Input)) func(*verdict.Input) {
	return func(in *verdict.Input) {
		for _, change := range changes {
			change(in)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	entry := verdict.Expected{ID: "A-1", Outcome: verdict.Fail, Because: "b", Until: "2026-11-26"}
	entryOf := func(spec string) verdict.Expected {
		e := entry
		e.Spec = spec
		return e
	}
	for name, c := range map[string]struct {
		change       func(*verdict.Input)
		exit         int
		headline     string
		requirements [3]verdict.Outcome
		reasons      []string
	}{
		"everything passes": {
			func(*verdict.Input) {}, 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "pass", "pass"},
			nil,
		},
		"a must fails": {
			set(verdict.Fail, "a1 two"), 1, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			[]string{"fail: A-1"},
		},
		"a spec of two requirements fails": {
			set(verdict.Fail, "b1 and a1"), 1, "core fail · fallback fail",
			[3]verdict.Outcome{"fail", "pass", "fail"},
			[]string{"fail: A-1, B-1"},
		},
		"a should fails": {
			set(verdict.Fail, "a2"), 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "fail", "pass"},
			nil,
		},
		"a should fails, strict": {
			all(set(verdict.Fail, "a2"), func(in *verdict.Input) { in.Strict = true }), 1, "core fail · fallback pass",
			[3]verdict.Outcome{"pass", "fail", "pass"},
			[]string{"fail: A-2"},
		},
		"a must is blocked": {
			set(verdict.Blocked, "b1"), 5, "core pass · fallback partial",
			[3]verdict.Outcome{"pass", "pass", "blocked"},
			[]string{"blocked: B-1"},
		},
		"a should is blocked": {
			set(verdict.Blocked, "a2"), 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "blocked", "pass"},
			nil,
		},
		"failing outweighs being blocked": {
			all(set(verdict.Blocked, "a1 one"), set(verdict.Fail, "a1 two")), 1, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			[]string{"fail: A-1"},
		},
		"some specs of a must are skipped": {
			set(verdict.Skipped, "a1 one"), 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "pass", "pass"},
			nil,
		},
		"all specs of a must are skipped": {
			set(verdict.Skipped, "b1", "b1 and a1"), 5, "core pass · fallback partial",
			[3]verdict.Outcome{"pass", "pass", "skipped"},
			[]string{"skipped: B-1"},
		},
		"not for this Kratos": {
			set(verdict.NotApplicable, "a2"), 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "not applicable", "pass"},
			nil,
		},
		"a spec is lost": {
			func(in *verdict.Input) { delete(in.Seen, "a1 one") }, 4, "core error · fallback pass",
			[3]verdict.Outcome{"error", "pass", "pass"},
			[]string{"the suite broke in 1 of 5 specs"},
		},
		"the suite breaks and a must fails": {
			all(set(verdict.Error, "a2"), set(verdict.Fail, "b1")), 4, "core pass · fallback fail",
			[3]verdict.Outcome{"pass", "error", "fail"},
			[]string{"the suite broke in 1 of 5 specs", "fail: B-1"},
		},
		"the suite breaks outside of specs": {
			func(in *verdict.Input) { in.Faults = []string{"it did not stop"} }, 4, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "pass", "pass"},
			[]string{"it did not stop"},
		},
		"a claim is not made": {
			func(in *verdict.Input) { in.Target.Claims = nil }, 0, "core pass · fallback not claimed",
			[3]verdict.Outcome{"pass", "pass", "not applicable"},
			nil,
		},
		"a claim is not made, and a should of the profile is not tested": {
			func(in *verdict.Input) {
				in.Target.Claims = nil
				in.Catalogue.Requirements[1].Profile, in.Specs[2].IDs = "fallback", []string{"A-1"}
			}, 0, "core pass · fallback not claimed",
			[3]verdict.Outcome{"pass", "not tested", "not applicable"},
			nil,
		},
		"an access is not offered": {
			all(func(in *verdict.Input) { in.Target.Access = []string{"kratos"} }, set(verdict.Fail, "b1")), 0, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "pass", "pass"},
			nil,
		},
		"no access is offered": {
			func(in *verdict.Input) { in.Target.Access = []string{} }, 5, "core partial · fallback partial",
			[3]verdict.Outcome{"skipped", "pass", "skipped"},
			[]string{"skipped: A-1, B-1"},
		},
		"what a spec needs is not known": {
			func(in *verdict.Input) { in.Target.Access, in.Needs = []string{"kratos"}, nil }, 1, "core partial · fallback partial",
			[3]verdict.Outcome{"skipped", "skipped", "skipped"},
			[]string{"nothing ran"},
		},
		"everything skips itself": {
			func(in *verdict.Input) { in.Seen = seen(verdict.Skipped, "a1 one", "a1 two", "a2", "b1", "b1 and a1") }, 1, "core partial · fallback partial",
			[3]verdict.Outcome{"skipped", "skipped", "skipped"},
			[]string{"nothing ran"},
		},
		"everything is blocked": {
			func(in *verdict.Input) { in.Seen = seen(verdict.Blocked, "a1 one", "a1 two", "a2", "b1", "b1 and a1") }, 1, "core partial · fallback partial",
			[3]verdict.Outcome{"blocked", "blocked", "blocked"},
			[]string{"nothing ran"},
		},
		"one spec is chosen": {
			func(in *verdict.Input) {
				in.Chosen = func(s catalogue.Spec) bool { return s.Name == "a1 one" }
				in.Seen = seen(verdict.Pass, "a1 one")
			}, 0, "core pass",
			[3]verdict.Outcome{"pass", "not chosen", "not chosen"},
			nil,
		},
		"nothing is chosen": {
			func(in *verdict.Input) { in.Chosen = func(catalogue.Spec) bool { return false } }, 1, "nothing ran",
			[3]verdict.Outcome{"not chosen", "not chosen", "not chosen"},
			[]string{"nothing ran"},
		},
		"a requirement without specs": {
			func(in *verdict.Input) {
				in.Specs = in.Specs[:3]
			}, 5, "core pass · fallback partial",
			[3]verdict.Outcome{"pass", "pass", "not tested"},
			[]string{"not tested: B-1"},
		},
		"the environment is not there": {
			func(in *verdict.Input) {
				in.Seen = nil
				in.Problem = &verdict.Problem{Exit: verdict.ExitEnvironment, Message: "no Kratos at x"}
			}, 3, "did not run",
			[3]verdict.Outcome{"error", "error", "error"},
			[]string{"no Kratos at x"},
		},
		"a failure is expected": {
			all(set(verdict.Fail, "a1 two"), expect(entryOf("a1 two"))), 0, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			nil,
		},
		"failures of a requirement are expected": {
			all(set(verdict.Fail, "a1 one", "a1 two"), expect(entry)), 0, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			nil,
		},
		"everything that was chosen fails as expected": {
			all(set(verdict.Fail, "a1 one"), expect(entryOf("a1 one")), func(in *verdict.Input) {
				in.Chosen = func(s catalogue.Spec) bool { return s.Name == "a1 one" }
			}), 0, "core fail",
			[3]verdict.Outcome{"fail", "not chosen", "not chosen"},
			nil,
		},
		"another spec of it fails too": {
			all(set(verdict.Fail, "a1 one", "a1 two"), expect(entryOf("a1 two"))), 1, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			[]string{"fail: A-1"},
		},
		"expected for one requirement, it fails another": {
			all(set(verdict.Fail, "b1 and a1"), expect(entryOf("b1 and a1"))), 1, "core fail · fallback fail",
			[3]verdict.Outcome{"fail", "pass", "fail"},
			[]string{"fail: B-1"},
		},
		"blocked where a failure is expected": {
			all(set(verdict.Blocked, "a1 two"), expect(entryOf("a1 two"))), 1, "core partial · fallback pass",
			[3]verdict.Outcome{"blocked", "pass", "pass"},
			[]string{"the expected fail of A-1 (a1 two) did not happen: remove the entry"},
		},
		"an expected failure passes": {
			expect(entry), 1, "core pass · fallback pass",
			[3]verdict.Outcome{"pass", "pass", "pass"},
			[]string{"the expected fail of A-1 did not happen: remove the entry"},
		},
		"an expected failure has run out": {
			all(set(verdict.Fail, "a1 one"), expect(verdict.Expected{ID: "A-1", Outcome: verdict.Fail, Until: "2026-11-25"})), 1, "core fail · fallback pass",
			[3]verdict.Outcome{"fail", "pass", "pass"},
			[]string{"fail: A-1", "the expected fail of A-1 has run out on 2026-11-25"},
		},
		"an expected failure is not chosen": {
			all(expect(entry), func(in *verdict.Input) {
				in.Chosen = func(s catalogue.Spec) bool { return s.Name == "b1" }
			}), 0, "fallback pass",
			[3]verdict.Outcome{"not chosen", "not chosen", "pass"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input()
			c.change(&in)
			v := verdict.Judge(in)
			require.Equal(t, c.exit, v.Exit)
			require.Equal(t, c.headline, v.Headline)
			require.Equal(t, c.reasons, v.Reasons)
			require.Len(t, v.Specs, len(in.Specs), "every spec of the catalogue has a verdict")
			for i, r := range v.Requirements {
				require.Equal(t, c.requirements[i], r.Outcome, r.ID)
			}
		})
	}
}

func TestAPassOfWhichSomeIsSkippedSaysSo(t *testing.T) {
	t.Parallel()
	in := input()
	require.False(t, verdict.Judge(in).Requirements[0].Partly)
	set(verdict.Skipped, "a1 one")(&in)
	require.True(t, verdict.Judge(in).Requirements[0].Partly)
}

func TestAFailureThatDoesNotCountSaysWhy(t *testing.T) {
	t.Parallel()
	in := input()
	set(verdict.Fail, "a1 one", "a2", "b1 and a1")(&in)
	expect(
		verdict.Expected{ID: "A-1", Spec: "a1 one", Outcome: verdict.Fail, Because: "it is old", Until: "2026-12-31"},
		verdict.Expected{ID: "A-1", Spec: "b1 and a1", Outcome: verdict.Fail, Because: "it is old", Until: "2026-12-31"},
	)(&in)
	var remarks []string
	for _, spec := range verdict.Judge(in).Specs {
		remarks = append(remarks, spec.Remark)
	}
	require.Equal(t, []string{"expected: it is old", "", "A-2 is a should", "", ""}, remarks, "b1 and a1 fails for B-1 too")
	in.Strict = true
	require.Empty(t, verdict.Judge(in).Specs[2].Remark)
}

func TestRemarksAndCounts(t *testing.T) {
	t.Parallel()
	in := input()
	set(verdict.Fail, "a2")(&in)
	core := verdict.Judge(in).Profiles[0]
	require.Equal(t, []string{"A-2"}, core.Remarks)
	require.Equal(t, map[verdict.Outcome]int{verdict.Pass: 1, verdict.Fail: 1}, core.Count)
}

func TestANewFailureIsAnEntryReadyToCopy(t *testing.T) {
	t.Parallel()
	in := input()
	set(verdict.Fail, "b1 and a1")(&in)
	require.Equal(t, []verdict.Expected{
		{ID: "A-1", Spec: "b1 and a1", Outcome: verdict.Fail},
		{ID: "B-1", Spec: "b1 and a1", Outcome: verdict.Fail},
	}, verdict.Judge(in).New)
}

func TestForeseeSaysWhatTheTargetLacks(t *testing.T) {
	t.Parallel()
	in := input()
	in.Target.Access = []string{"kratos"}
	got, foreseen := in.Foresee(in.Specs[3])
	require.True(t, foreseen)
	require.Equal(t, verdict.Seen{Outcome: verdict.Skipped, Why: "the target does not offer operator"}, got)
	in.Target.Hints = map[string]string{"operator": "name its key"}
	got, _ = in.Foresee(in.Specs[3])
	require.Equal(t, "the target does not offer operator (name its key)", got.Why)
	in.Target.Claims = nil
	got, _ = in.Foresee(in.Specs[3])
	require.Equal(t, verdict.NotApplicable, got.Outcome, "a claim weighs more than an access")
	_, foreseen = in.Foresee(in.Specs[0])
	require.False(t, foreseen)
}

func TestReadExpected(t *testing.T) {
	t.Parallel()
	in := input()
	good := "- {id: A-1, outcome: fail, because: b, until: 2026-12-31}\n"
	entries, err := verdict.ReadExpected([]byte(good), in.Catalogue, in.Specs)
	require.NoError(t, err)
	require.Equal(t, []verdict.Expected{{ID: "A-1", Outcome: verdict.Fail, Because: "b", Until: "2026-12-31"}}, entries)
	entries, err = verdict.ReadExpected(nil, in.Catalogue, in.Specs)
	require.NoError(t, err)
	require.Empty(t, entries)
	for fault, text := range map[string]string{
		"field reason not found":              "- {id: A-1, reason: b}",
		`entry 2: id: "A-9" is no req`:        good + "- {id: A-9, outcome: fail, because: b, until: 2026-12-31}",
		`"skipped" is neither fail nor`:       "- {id: A-1, outcome: skipped, because: b, until: 2026-12-31}",
		"because: say why":                    "- {id: A-1, outcome: fail, until: 2026-12-31}",
		`until: "soon" is no day`:             "- {id: A-1, outcome: fail, because: b, until: soon}",
		`spec: A-1 has no spec "b1"`:          "- {id: A-1, spec: b1, outcome: fail, because: b, until: 2026-12-31}",
		"cannot unmarshal":                    "id: A-1",
		`until: "" is no day`:                 "- {id: A-1, outcome: fail, because: b}",
		`spec: A-1 has no spec "*"`:           `- {id: A-1, spec: "*", outcome: fail, because: b, until: 2026-12-31}`,
		`outcome: "Fail" is neither fail nor`: "- {id: A-1, outcome: Fail, because: b, until: 2026-12-31}",
	} {
		_, err := verdict.ReadExpected([]byte(text), in.Catalogue, in.Specs)
		require.ErrorContains(t, err, fault)
	}
}
