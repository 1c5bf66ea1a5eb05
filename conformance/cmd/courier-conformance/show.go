package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// shown is one spec as --list and --dry-run show it.
type shown struct {
	Name  string   `json:"name"`
	IDs   []string `json:"ids"`
	File  string   `json:"file"`
	Line  int      `json:"line"`
	Needs []string `json:"needs"`
	// Seconds is what it took when it was measured.
	Seconds float64 `json:"seconds"`
	// Fate is what becomes of it, and Why; in a dry run only.
	Fate string `json:"fate,omitempty"`
	Why  string `json:"why,omitempty"`
}

func (o options) show(out io.Writer, s suite, in verdict.Input) error {
	all := []shown{}
	for _, spec := range s.specs {
		if !in.Chosen(spec) {
			continue
		}
		m := s.measured[spec.Name]
		one := shown{Name: spec.Name, IDs: spec.IDs, File: spec.File, Line: spec.Line, Needs: m.Needs, Seconds: m.Seconds}
		if o.dryRun {
			one.Fate = "run"
			if seen, foreseen := in.Foresee(spec); foreseen {
				one.Fate, one.Why = string(seen.Outcome), seen.Why
			}
		}
		all = append(all, one)
	}
	if o.format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	count, seconds := map[string]int{}, 0.0
	for _, one := range all {
		fmt.Fprintf(out, "%-16s %s", strings.Join(one.IDs, ","), one.Name)
		if one.Fate != "" && one.Fate != "run" {
			fmt.Fprintf(out, "  [%s: %s]", one.Fate, one.Why)
		} else {
			seconds += one.Seconds
		}
		count[one.Fate]++
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "\n%d specs of %d", len(all), len(s.specs))
	if o.dryRun {
		fmt.Fprintf(out, ": %d would run, for %.0f s one after the other, and %d not", count["run"], seconds, len(all)-count["run"])
	}
	fmt.Fprintln(out)
	return nil
}

// summary is the end of a run for a terminal.
func summary(v verdict.Verdict, identity report.Identity, files []string) string {
	var out strings.Builder
	fmt.Fprintln(&out)
	for _, spec := range v.Specs {
		switch spec.Outcome {
		case verdict.Fail, verdict.Blocked, verdict.Error:
			if v.Outcome == verdict.DidNotRun {
				continue
			}
			fmt.Fprintf(&out, "%s  %s  %s (%s:%d)\n", strings.ToUpper(string(spec.Outcome)), strings.Join(spec.IDs, ","), spec.Name, spec.File, spec.Line)
			fmt.Fprintf(&out, "    %s\n", spec.Why)
			if spec.Remark != "" {
				fmt.Fprintf(&out, "    It does not count: %s\n", spec.Remark)
			}
		default:
		}
	}
	if len(v.New) > 0 {
		fmt.Fprintln(&out, "\nEntries for --expected, if these are known (fill in because and until):")
		for _, e := range v.New {
			fmt.Fprintf(&out, "- {id: %s, spec: %q, outcome: %s, because: , until: }\n", e.ID, e.Spec, e.Outcome)
		}
	}
	for _, reason := range v.Reasons {
		fmt.Fprintf(&out, "Why: %s\n", reason)
	}
	fmt.Fprintf(&out, "\n%s\n%s of %s, in %.1f s, seed %d, exit status %d\n", v.Headline, counts(v), identity.Target, identity.Seconds, identity.Seed, v.Exit)
	if i := slices.IndexFunc(files, func(f string) bool { return strings.HasSuffix(f, ".html") }); i >= 0 {
		fmt.Fprintf(&out, "Report: %s, beside it YAML, JSON, JUnit and a badge\n", files[i])
	}
	return out.String()
}

func counts(v verdict.Verdict) string {
	count := map[verdict.Outcome]int{}
	for _, s := range v.Specs {
		count[s.Outcome]++
	}
	var parts []string
	for _, o := range []verdict.Outcome{
		verdict.Pass, verdict.Fail, verdict.Blocked, verdict.Error, verdict.Skipped, verdict.NotApplicable, verdict.NotChosen,
	} {
		if n := count[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}
