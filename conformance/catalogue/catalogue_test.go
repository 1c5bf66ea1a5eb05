package catalogue_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

func TestTheRequirementsCanBeRead(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	r, ok := c.Requirement("FBK-2")
	require.True(t, ok)
	require.Equal(t, catalogue.Must, r.Level)
	require.Equal(t, []string{"C", "W"}, r.Who)
	require.Equal(t, "fallback", r.Profile)
	require.Equal(t, []string{"fallback", "webhook"}, r.Claims)
	require.Equal(t, []string{"fallback.go"}, r.Files)
	require.Equal(t, "`failed` report: SMS", r.Text)
	require.NotEmpty(t, r.Origin)
	require.Equal(t, catalogue.Core, c.Profiles[0].Name, "the profile that comes first in reports")
}

// TestEveryWordIsUsed keeps the lists of words from outliving the tables.
func TestEveryWordIsUsed(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	used := map[string]bool{}
	for _, r := range c.Requirements {
		used["profile "+r.Profile] = true
		for _, claim := range r.Claims {
			used["claim "+claim] = true
		}
		for _, access := range r.Access {
			used["access "+access] = true
		}
	}
	for kind, words := range map[string][]catalogue.Word{"profile ": c.Profiles, "claim ": c.Claims, "access ": c.Access} {
		require.NotEmpty(t, words, kind)
		for _, word := range words {
			require.True(t, used[kind+word.Name], "%s%s", kind, word.Name)
		}
	}
}

// TestWhatCannotBeClaimedAway keeps the heart of the matter from being left out.
func TestWhatCannotBeClaimedAway(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	for _, id := range []string{"EXP-1", "MSG-1", "MSG-3", "RTY-6", "RTY-8", "SEC-3", "SEC-6"} {
		r, ok := c.Requirement(id)
		require.True(t, ok, id)
		require.Equal(t, catalogue.Core, r.Profile, id)
		require.Equal(t, catalogue.Must, r.Level, id)
		require.Empty(t, r.Claims, id)
	}
}

const words = "## Profiles\n* **core**: c\n## Claims\n* **webhook**: w\n## Access\n* **kratos**: k\n"

func TestFaultsNameTheirLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ row, fault string }{
		"no requirements": {"", "no requirements"},
		"a column short":  {"| A-1 | M | K |", "line 7: 3 columns, want 10"},
		"level":           {"| A-1 | X | K | core | | | t | o | `a.go` | |", `A-1: level "X"`},
		"who":             {"| A-1 | M | Z | core | | | t | o | `a.go` | |", `"Z" in Who`},
		"profile":         {"| A-1 | M | K | cor | | | t | o | `a.go` | |", `no profile "cor"`},
		"claim":           {"| A-1 | M | K | core | hook | | t | o | `a.go` | |", `no claim "hook"`},
		"access":          {"| A-1 | M | K | core | | root | t | o | `a.go` | |", `no access "root"`},
		"text":            {"| A-1 | M | K | core | | | | o | `a.go` | |", "no text"},
		"origin":          {"| A-1 | M | K | core | | | t | | `a.go` | |", "no origin"},
		"not tested":      {"| A-1 | M | K | core | | | t | o | | |", "neither specs nor a reason"},
		"twice":           {"| A-1 | M | K | core | | | t | o | `a.go` | |\n| A-1 | M | K | core | | | t | o | `a.go` | |", "line 8: A-1: it is written twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalogue.Parse(words + c.row)
			require.ErrorContains(t, err, c.fault)
		})
	}
}

func TestCheckFindsEachDifference(t *testing.T) {
	t.Parallel()
	row := func(id, files string) string {
		return "| " + id + " | M | K | core | webhook | kratos | t | o | " + files + " | r |\n"
	}
	c, err := catalogue.Parse(words + row("A-1", "`b.go`, `a.go`") + row("A-2", "`a.go`") + row("A-3", ""))
	require.NoError(t, err)
	good := func() []catalogue.Spec {
		return []catalogue.Spec{
			{Name: "one", IDs: []string{"A-1"}, File: "b.go"},
			{Name: "two", IDs: []string{"A-2", "A-1"}, File: "a.go"},
		}
	}
	require.NoError(t, c.Check(good()))
	for fault, specs := range map[string][]catalogue.Spec{
		`two specs are called "one"`:          append(good(), catalogue.Spec{Name: "one", IDs: []string{"A-1"}, File: "b.go"}),
		`"three" has no requirement`:          append(good(), catalogue.Spec{Name: "three", File: "b.go"}),
		"the first label is A-1 stand in b.g": append(good(), catalogue.Spec{Name: "three", IDs: []string{"A-1"}, File: "c.go"}),
		`the label "B-1" is no requirement`:   append(good(), catalogue.Spec{Name: "three", IDs: []string{"B-1"}, File: "b.go"}),
		"A-3: the files of its specs are c":   append(good(), catalogue.Spec{Name: "three", IDs: []string{"A-3"}, File: "c.go"}),
		"A-2: the files of its specs are non": good()[:1],
	} {
		require.ErrorContains(t, c.Check(specs), fault)
	}
}
