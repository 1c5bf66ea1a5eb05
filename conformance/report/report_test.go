package report_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// sample has a spec of each outcome, and every secret in every place where a
// text of the run comes in.
func sample() report.Data {
	leak := "to " + plantedNumber + " code " + plantedCode + " or " + letterCode + " with " + plantedToken + " as " + plantedWamid + " <b>&\x1b[31m"
	in := verdict.Input{
		Catalogue: catalogue.Catalogue{
			Profiles: []catalogue.Word{{Name: "core", Meaning: "it works"}, {Name: "fallback", Meaning: "SMS"}},
			Requirements: []catalogue.Requirement{
				{ID: "A-1", Level: catalogue.Must, Profile: "core", Text: "a `field` & more", Origin: "a page", NotTested: "the rest"},
				{ID: "A-2", Level: catalogue.Should, Profile: "core", Text: "t", Origin: "o"},
				{ID: "B-1", Level: catalogue.Must, Profile: "fallback", Claims: []string{"fallback"}, Text: "t", Origin: "o"},
				{ID: "B-2", Level: catalogue.Should, Profile: "fallback", Text: "t", Origin: "o", NotTested: "nobody knows how"},
			},
		},
		Seen:   map[string]verdict.Seen{},
		Target: verdict.Target{Claims: []string{"webhook"}},
		Chosen: func(s catalogue.Spec) bool { return s.Name != "not chosen" },
		Today:  time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		Expected: []verdict.Expected{
			{ID: "A-1", Spec: "known", Outcome: verdict.Fail, Because: "it is old", Until: "2026-12-01"},
		},
	}
	d := report.Data{
		Identity: report.Identity{
			Target: "a courier", TargetVersion: "v1", Kratos: "v1.3.1", Suite: "v2", Claims: in.Target.Claims, Scope: "everything",
			Started: time.Date(2026, 11, 26, 15, 4, 5, 481920000, time.UTC), Seconds: 12.5, Shards: 6, Seed: 7,
			Command: "courier-conformance run --seed 7 # " + leak,
		},
		Details: map[string]report.Detail{},
	}
	add := func(name, id string, outcome verdict.Outcome) {
		in.Specs = append(in.Specs, catalogue.Spec{Name: name, IDs: []string{id}, File: "f.go", Line: 3})
		if outcome == "" {
			return
		}
		in.Seen[name] = verdict.Seen{Outcome: outcome, Why: "why " + leak}
		d.Details[name] = report.Detail{
			Seconds: 1.25, Failure: "failure " + leak, Notes: []report.Note{{Name: "courier", Text: "log " + leak}},
			Events: []report.Event{{At: d.Identity.Started, From: "courier", To: "phone " + plantedNumber, What: leak}},
		}
	}
	add("passes", "A-1", verdict.Pass)
	add("fails "+plantedNumber, "A-1", verdict.Fail)
	add("known", "A-1", verdict.Fail)
	add("blocked", "A-1", verdict.Blocked)
	add("broken", "A-1", verdict.Error)
	add("skipped", "A-1", verdict.Skipped)
	add("should", "A-2", verdict.Fail)
	add("not claimed", "B-1", "")
	add("not chosen", "A-1", "")
	d.Verdict = verdict.Judge(in)
	return d
}

func TestNoReportShowsASecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "by", "us")
	names, err := report.Write(dir, sample(), planted())
	require.NoError(t, err)
	require.Len(t, names, 5)
	for _, name := range names {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotEmpty(t, raw)
		for _, secret := range []string{plantedNumber[1:], plantedCode, letterCode, plantedToken, plantedWamid, "2025550143"} {
			for form, text := range forms(secret) {
				require.NotContains(t, string(raw), text, "%s, %s", name, form)
			}
		}
	}
}

func write(t *testing.T) func(name string) []byte {
	t.Helper()
	dir := t.TempDir()
	_, err := report.Write(dir, sample(), planted())
	require.NoError(t, err)
	return func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return raw
	}
}

// TestJUnitIsRedExactlyWhereTheVerdictIs reads the file as a viewer does.
func TestJUnitIsRedExactlyWhereTheVerdictIs(t *testing.T) {
	t.Parallel()
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name       string `xml:"name,attr"`
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
			Cases []struct {
				Class   string `xml:"classname,attr"`
				Name    string `xml:"name,attr"`
				File    string `xml:"file,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal(write(t)("junit.xml"), &all))
	require.Equal(t, []int{8, 1, 2, 4}, []int{all.Tests, all.Failures, all.Errors, all.Skipped}, "tests, failures, errors, skipped")
	core, fallback := all.Suites[0], all.Suites[1]
	require.Equal(t, "core", core.Name)
	require.Equal(t, "target", core.Properties[0].Name)
	require.Equal(t, "a courier v1", core.Properties[0].Value)
	require.Equal(t, "A-1", core.Cases[0].Class)
	require.Equal(t, "conformance/specs/f.go", core.Cases[0].File)
	require.Equal(t, "fails (number)", core.Cases[1].Name)
	require.Contains(t, core.Cases[1].Failure.Message, "why to (number) code (code)")
	require.Contains(t, core.Cases[1].Failure.Text, "failure to (number)")
	require.Contains(t, core.Cases[2].Skipped.Message, "fail, expected: it is old")
	require.NotNil(t, core.Cases[3].Error, "blocked")
	require.NotNil(t, core.Cases[4].Error, "broken")
	require.Contains(t, core.Cases[6].Skipped.Message, "A-2 is a should")
	require.Equal(t, "not applicable: the target does not claim fallback", fallback.Cases[0].Skipped.Message)
}

func TestJSONHasEverything(t *testing.T) {
	t.Parallel()
	var got struct {
		Exit         int      `json:"exit"`
		Headline     string   `json:"headline"`
		Reasons      []string `json:"reasons"`
		Requirements []struct {
			ID        string   `json:"id"`
			NotTested string   `json:"not_tested"`
			Specs     []string `json:"specs"`
		} `json:"requirements"`
		Specs []struct {
			Name    string         `json:"name"`
			Outcome string         `json:"outcome"`
			Events  []report.Event `json:"events"`
		} `json:"specs"`
	}
	require.NoError(t, json.Unmarshal(write(t)("report.json"), &got))
	require.Equal(t, 4, got.Exit)
	require.Equal(t, "core error · fallback not claimed", got.Headline)
	require.Len(t, got.Requirements, 4)
	require.Equal(t, "nobody knows how", got.Requirements[3].NotTested)
	require.Empty(t, got.Requirements[3].Specs)
	require.Len(t, got.Specs, 9)
	require.Equal(t, "phone (number)", got.Specs[0].Events[0].To)
	require.Equal(t, "not chosen", got.Specs[8].Outcome)
}

func TestYAMLIsShortAndSaysWhatDidNotPass(t *testing.T) {
	t.Parallel()
	raw := write(t)("report.yaml")
	var got struct {
		Identity map[string]any `yaml:"identity"`
		Outcome  string         `yaml:"outcome"`
		Profiles []struct {
			Name         string              `yaml:"name"`
			Requirements map[string][]string `yaml:"requirements"`
		} `yaml:"profiles"`
		Specs     map[string]int `yaml:"specs"`
		NotPassed []struct {
			Spec string `yaml:"spec"`
			Why  string `yaml:"why"`
		} `yaml:"not_passed"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &got))
	require.Equal(t, "error", got.Outcome)
	require.Equal(t, "v1.3.1", got.Identity["kratos"])
	require.Equal(t, []string{"A-1"}, got.Profiles[0].Requirements["error"])
	require.Equal(t, 3, got.Specs["fail"], "one that counts, one that is known, and a should")
	require.Len(t, got.NotPassed, 7)
	require.Contains(t, string(raw), "error: [A-1]", "IDs stand on one line")
}

func TestThePageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	page := string(write(t)("report.html"))
	for _, never := range []string{"<script", "javascript:", "src=", "@import", "url(", "<link", "<b>&", "\x1b["} {
		require.NotContains(t, page, never)
	}
	for _, text := range []string{
		"No verdict: the suite broke", "core error", "a <code>field</code> &amp; more", "Origin: a page", "Not tested: the rest",
		"Not tested: nobody knows how", "There is no spec.", "Timeline, 1 events", "15:04:05.481", "courier-conformance run --seed 7",
		"the target does not claim fallback", "It does not count: expected: it is old", "f.go:3 · 1.2 s",
	} {
		require.Contains(t, page, text)
	}
}

func TestBadge(t *testing.T) {
	t.Parallel()
	profile := func(name string, o verdict.Outcome) verdict.Profile {
		return verdict.Profile{Word: catalogue.Word{Name: name}, Outcome: o}
	}
	const green, red, amber, grey = "#1a7f37", "#b3261e", "#8a5a00", "#57606a"
	for name, c := range map[string]struct {
		v            verdict.Verdict
		text, colour string
	}{
		"all":          {verdict.Verdict{Outcome: verdict.Pass, Profiles: []verdict.Profile{profile("core", verdict.Pass), profile("limits", verdict.Pass)}}, "core, limits pass", green},
		"not claimed":  {verdict.Verdict{Outcome: verdict.Pass, Profiles: []verdict.Profile{profile("core", verdict.Pass), profile("limits", verdict.NotApplicable)}}, "core pass", green},
		"one fails":    {verdict.Verdict{Outcome: verdict.Fail, Profiles: []verdict.Profile{profile("core", verdict.Pass), profile("limits", verdict.Fail)}}, "core pass · limits fail", red},
		"known":        {verdict.Verdict{Outcome: verdict.Pass, Profiles: []verdict.Profile{profile("core", verdict.Pass), profile("limits", verdict.Fail)}}, "core pass · limits fail", red},
		"partial":      {verdict.Verdict{Outcome: verdict.Partial, Profiles: []verdict.Profile{profile("core", verdict.Partial)}}, "core partial", amber},
		"without core": {verdict.Verdict{Outcome: verdict.Pass, Profiles: []verdict.Profile{profile("core", verdict.NotChosen), profile("limits", verdict.Pass)}}, "limits pass", amber},
		"did not run":  {verdict.Verdict{Outcome: verdict.DidNotRun, Profiles: []verdict.Profile{profile("core", verdict.DidNotRun)}}, "did not run", grey},
		"nothing":      {verdict.Verdict{Outcome: verdict.Fail, Profiles: []verdict.Profile{profile("core", verdict.NotChosen)}}, "nothing ran", red},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := report.Badge(report.Data{Verdict: c.v})
			require.NoError(t, err)
			require.Contains(t, string(raw), ">"+c.text+"</text>")
			require.Contains(t, string(raw), c.colour)
			decoder := xml.NewDecoder(strings.NewReader(string(raw)))
			for err == nil {
				_, err = decoder.Token()
			}
			require.ErrorIs(t, err, io.EOF, "it is well-formed")
		})
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := report.Write(filepath.Join(file, "reports"), sample(), planted())
	require.ErrorContains(t, err, "reports: ")
}
