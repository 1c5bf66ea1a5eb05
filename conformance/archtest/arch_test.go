package archtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWalls(t *testing.T) {
	t.Parallel()
	g, err := Load("../..", "./...")
	require.NoError(t, err)
	require.Contains(t, g, module+"/courier", "go list found the repository")
	for _, rule := range Rules() {
		require.Empty(t, g.Check(rule), "an import crosses a wall")
	}
}

// TestEveryRuleMeetsAPackage keeps a rule from guarding a name that has changed.
func TestEveryRuleMeetsAPackage(t *testing.T) {
	t.Parallel()
	g, err := Load("../..", "./...")
	require.NoError(t, err)
	for _, rule := range Rules() {
		met := 0
		for _, name := range g.packages() {
			if matches(name, rule.From) && !matches(name, rule.Except) {
				met++
			}
		}
		require.NotZero(t, met, rule.Why)
	}
}

func TestCheckFindsAPlantedViolation(t *testing.T) {
	t.Parallel()
	g := Graph{
		"m/courier":       {"fmt", "m/courier/deep"},
		"m/courier/deep":  {"m/other", "strings"},
		"m/other":         {"m/webhook/wire"},
		"m/webhook/wire":  nil,
		"m/webhook":       {"m/webhook/wire"},
		"m/webhooks":      nil,
		"m/app":           {"m/webhook"},
		"m/app/harmless":  {"m/webhooks"},
		"m/app/forgiven":  {"m/webhook"},
		"m/courier/plain": {"m/app/harmless"},
	}
	for name, c := range map[string]struct {
		rule Rule
		want []string
	}{
		"through others": {
			Rule{From: []string{"m/courier"}, To: []string{"m/webhook/..."}},
			[]string{"m/courier\n  -> m/courier/deep\n  -> m/other\n  -> m/webhook/wire\n  rule: "},
		},
		"direct only":          {Rule{From: []string{"m/courier"}, To: []string{"m/webhook/..."}, Direct: true}, nil},
		"a name, not a prefix": {Rule{From: []string{"m/app/..."}, Except: []string{"m/app/forgiven", "m/app"}, To: []string{"m/webhook/..."}}, nil},
		"with exceptions":      {Rule{From: []string{"m/app"}, To: []string{"m/webhook/..."}, Unless: []string{"m/webhook/..."}}, nil},
		"several packages": {
			Rule{From: []string{"m/app/..."}, To: []string{"m/webhook"}},
			[]string{"m/app\n  -> m/webhook\n  rule: ", "m/app/forgiven\n  -> m/webhook\n  rule: "},
		},
		"nothing to find": {Rule{From: []string{"m/courier/plain"}, To: []string{"m/webhook/..."}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, g.Check(c.rule))
		})
	}
}

func TestLoadSaysWhatGoListSays(t *testing.T) {
	t.Parallel()
	_, err := Load(t.TempDir(), "./...")
	require.ErrorContains(t, err, "main module")
}

// TestNoTypeDoesEverything keeps a type from becoming the place for whatever has
// none.
func TestNoTypeDoesEverything(t *testing.T) {
	t.Parallel()
	const most = 40
	counts, err := Methods("../..")
	require.NoError(t, err)
	require.NotZero(t, counts["mockmeta/internal/world.World"], "the walk found the repository")
	// The suite has a method for each topic of the specs, each in a file of its own,
	// and no other: its methods are an index.
	delete(counts, "conformance/specs.suite")
	for name, n := range counts {
		require.LessOrEqual(t, n, most, name)
	}
}

func TestMethodsCountsEachKindOfReceiver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := "package p\nfunc (a A) One() {}\nfunc (a *A) Two() {}\nfunc (b *B[T]) One() {}\nfunc (c C[K, V]) One() {}\nfunc None() {}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p_test.go"), []byte("package p\nfunc (a A) Three() {}\n"), 0o600))
	counts, err := Methods(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"..A": 2, "..B": 1, "..C": 1}, counts)
}

// TestStoresDecideNothing keeps what becomes of a delivery out of the databases: it
// would be decided once in each.
func TestStoresDecideNothing(t *testing.T) {
	t.Parallel()
	found, err := Assignments("../../courier/store", "State", "Reason", "NoWhatsApp", "NoSMS", "Alert")
	require.NoError(t, err)
	for _, where := range found {
		require.Contains(t, where, "/storetest/", "a store sets what courier/transition.go decides")
	}
	found, err = Assignments("../../courier", "NoSMS")
	require.NoError(t, err)
	require.NotEmpty(t, found, "the walk finds those of the rules")
}

func TestAssignmentsAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := "package p\nfunc f(d *D) {\n\td.State, d.Other = 1, 2\n\tfunc() { d.In.Reason += 1 }()\n\td.Other = d.State\n\tscan(&d.State)\n}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600))
	found, err := Assignments(dir, "State", "Reason")
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "p.go") + ":3:2", filepath.Join(dir, "p.go") + ":4:11"}, found)
}
