package archtest

import (
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
