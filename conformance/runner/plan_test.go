package runner

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func named(names ...string) []catalogue.Spec {
	var all []catalogue.Spec
	for _, name := range names {
		all = append(all, catalogue.Spec{Name: name, IDs: []string{"A-1"}})
	}
	return all
}

func TestTheLongestComeFirst(t *testing.T) {
	t.Parallel()
	measured := map[string]Measured{"a": {Seconds: 1}, "b": {Seconds: 5}, "c": {Seconds: 3}, "d": {Seconds: 3}, "e": {Seconds: 0.5}}
	shards := plan(named("a", "b", "c", "d", "e"), measured, 2)
	require.Equal(t, []string{"b", "a", "e"}, shards[0].specs)
	require.Equal(t, []string{"c", "d"}, shards[1].specs)
	require.InDelta(t, 6.5, shards[0].seconds, 0.01)
}

func TestOneShardHasKratosWhereThatIsEnough(t *testing.T) {
	t.Parallel()
	login := Measured{Seconds: 0.1, Needs: []string{"kratos"}}
	measured := map[string]Measured{"a": login, "b": login, "c": login, "d": {Seconds: 1}, "e": {Seconds: 1}}
	shards := plan(named("a", "b", "c", "d", "e"), measured, 3)
	with := slices.DeleteFunc(slices.Clone(shards), func(s shard) bool { return !s.kratos })
	require.Len(t, with, 1)
	require.Equal(t, []string{"a", "b", "c"}, with[0].specs)
}

func TestTheStartOfKratosCounts(t *testing.T) {
	t.Parallel()
	measured := map[string]Measured{"login": {Seconds: 0.5, Needs: []string{"kratos"}}, "a": {Seconds: 0.4}, "b": {Seconds: 0.4}, "c": {Seconds: 0.4}}
	shards := plan(named("login", "a", "b", "c"), measured, 2)
	require.Equal(t, []string{"login"}, shards[0].specs)
	require.Equal(t, []string{"a", "b", "c"}, shards[1].specs)
}

func TestAnUnknownSpecGetsAKratos(t *testing.T) {
	t.Parallel()
	shards := plan(named("new"), nil, 4)
	require.Len(t, shards, 1, "no shard is empty")
	require.True(t, shards[0].kratos)
	require.Empty(t, plan(nil, nil, 4))
}

func TestEverySpecIsPlannedOnce(t *testing.T) {
	t.Parallel()
	measured, err := ReadMeasured()
	require.NoError(t, err)
	var specs []catalogue.Spec
	for name := range measured {
		specs = append(specs, catalogue.Spec{Name: name})
	}
	for shards := range 9 {
		seen := map[string]bool{}
		for _, s := range plan(specs, measured, shards) {
			for _, name := range s.specs {
				require.False(t, seen[name], name)
				seen[name] = true
			}
		}
		require.Len(t, seen, len(specs))
	}
}

func TestQuickTakesTheShortestOfEachRequirement(t *testing.T) {
	t.Parallel()
	specs := []catalogue.Spec{
		{Name: "slow", IDs: []string{"A-1"}},
		{Name: "fast", IDs: []string{"A-1", "A-2"}},
		{Name: "faster", IDs: []string{"A-2"}},
		{Name: "too slow", IDs: []string{"A-3"}},
		{Name: "new", IDs: []string{"A-4"}},
	}
	measured := map[string]Measured{"slow": {Seconds: 0.9}, "fast": {Seconds: 0.2}, "faster": {Seconds: 0.1}, "too slow": {Seconds: 1}}
	require.Equal(t, map[string]bool{"fast": true, "faster": true}, Quick(specs, measured))
}

func TestAccessIsComparedWithWhatWasMeasured(t *testing.T) {
	t.Parallel()
	requirements := func(first, second []string) catalogue.Catalogue {
		return catalogue.Catalogue{
			Access:       []catalogue.Word{{Name: "kratos"}, {Name: "messages"}, {Name: "operator"}},
			Requirements: []catalogue.Requirement{{ID: "A-1", Access: first}, {ID: "A-2", Access: second}},
		}
	}
	specs := []catalogue.Spec{{Name: "one", IDs: []string{"A-1"}}, {Name: "two", IDs: []string{"A-1", "A-2"}}, {Name: "new", IDs: []string{"A-2"}}}
	measured := map[string]Measured{"one": {Needs: []string{"operator"}}, "two": {Needs: []string{"kratos"}}}
	require.NoError(t, CheckAccess(requirements([]string{"kratos", "operator"}, []string{"kratos"}), specs, measured))
	require.NoError(t, CheckAccess(requirements([]string{"kratos", "operator"}, []string{"kratos", "messages"}), specs, measured),
		"what a new spec needs is not known yet")
	require.ErrorContains(t, CheckAccess(requirements([]string{"kratos"}, []string{"kratos"}), specs, measured),
		"REQUIREMENTS.md, A-1: its specs need kratos, operator, and not kratos")
	require.ErrorContains(t, CheckAccess(requirements([]string{"kratos", "messages", "operator"}, []string{"kratos"}), specs, measured), "A-1")
	require.ErrorContains(t, CheckAccess(requirements([]string{"kratos", "operator"}, nil), specs, measured), "A-2")
}

func TestMeasurementsAreKeptAndRenewed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "measured.json")
	access := []catalogue.Word{{Name: "kratos"}, {Name: "operator"}}
	known := map[string]Measured{"kept": {Seconds: 1, Needs: []string{"kratos"}}, "renewed": {Seconds: 9}, "gone": {Seconds: 5}}
	run := Result{
		Details: map[string]report.Detail{"renewed": {Seconds: 2}},
		Needs:   map[string][]string{"renewed": {"operator", "kratos"}},
		Waits:   map[string][]string{"renewed": {target.WaitProbe}},
	}
	require.NoError(t, WriteMeasured(file, access, known, named("kept", "renewed", "never ran"), run))
	raw := readFile(t, file)
	for _, text := range []string{`"kept"`, `"seconds": 2,`, "\"kratos\",\n   \"operator\"", "\"waits\": [\n   \"probe\"\n"} {
		require.Contains(t, raw, text)
	}
	for _, name := range []string{"gone", "never ran"} {
		require.NotContains(t, raw, name)
	}
}

func TestATargetWithItsOwnTimesTakesLonger(t *testing.T) {
	t.Parallel()
	measured := map[string]Measured{
		"waits":  {Seconds: 2, Needs: []string{"kratos"}, Waits: []string{target.WaitFallback, target.WaitNewer}},
		"window": {Seconds: 1, Waits: []string{target.WaitWindow}},
		"rest":   {Seconds: 1},
	}
	there, waits := At(target.Times{FallbackAfter: 30 * time.Second, FallbackOverall: time.Minute, SupersedeAfter: 5 * time.Second}, measured)
	require.Equal(t, map[string]time.Duration{"waits": 65 * time.Second}, waits)
	require.Equal(t, Measured{Seconds: 67, Needs: []string{"kratos"}, Waits: measured["waits"].Waits}, there["waits"])
	require.Equal(t, measured["window"], there["window"], "it is told a short one")
	require.Equal(t, measured["rest"], there["rest"])
	there, waits = At(target.Times{}, measured)
	require.Equal(t, measured, there)
	require.Empty(t, waits)
}
