package runner

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// read is what Ginkgo's report of a spec means.
func read(r ginkgo.SpecReport) ended {
	e := ended{Name: r.FullText(), Detail: report.Detail{Seconds: round(r.RunTime.Seconds())}}
	blocked := ""
	for _, entry := range r.ReportEntries {
		switch value := entry.GetRawValue().(type) {
		case []testkit.Hidden:
			for _, s := range value {
				e.Secrets = append(e.Secrets, report.Secret{Kind: string(s.Kind), Value: s.Value})
			}
		case []specs.Event:
			for _, event := range value {
				e.Detail.Events = append(e.Detail.Events, report.Event(event))
			}
		case string:
			switch entry.Name {
			case specs.AccessEntry:
				e.Needs = append(e.Needs, value)
			case specs.WaitEntry:
				e.Waits = append(e.Waits, value)
			case specs.BlockedEntry:
				blocked = value
			default:
				e.Detail.Notes = append(e.Detail.Notes, report.Note{Name: entry.Name, Text: value})
			}
		}
	}
	e.Needs, e.Waits = once(e.Needs), once(e.Waits)
	slices.SortStableFunc(e.Detail.Events, func(a, b report.Event) int { return a.At.Compare(b.At) })
	failure := telling(r)
	e.Outcome = outcome(r.State, blocked != "", failure.Message)
	switch e.Outcome {
	case verdict.Pass:
	case verdict.Skipped, verdict.NotApplicable:
		e.Why = strings.TrimPrefix(failure.Message, specs.NotApplicable)
	default:
		e.Why = summary(failure)
		if blocked != "" {
			e.Why = blocked + ": " + e.Why
		}
		e.Detail.Failure = whole(r)
	}
	return e
}

// once puts words in order, each once.
func once(words []string) []string { return slices.Compact(slices.Sorted(slices.Values(words))) }

// around is what there is to say of a node that is no spec: of the start of the
// deployment that specs share, and of its end, at which their promises are looked
// at.
func around(r ginkgo.SpecReport) []line {
	if r.LeafNodeType.Is(types.NodeTypeIt) || !r.Failed() {
		return nil
	}
	if r.LeafNodeType.Is(types.NodeTypeBeforeSuite) {
		return []line{{Broken: summary(r.Failure)}}
	}
	var all []line
	for _, entry := range r.ReportEntries {
		if promise, ok := entry.GetRawValue().(specs.Promise); ok {
			all = append(all, line{Promise: &promise})
		}
	}
	if len(all) == 0 {
		all = append(all, line{Fault: summary(r.Failure)})
	}
	return all
}

func outcome(state types.SpecState, blocked bool, message string) verdict.Outcome {
	switch state {
	case types.SpecStatePassed:
		return verdict.Pass
	case types.SpecStateSkipped, types.SpecStatePending:
		if strings.HasPrefix(message, specs.NotApplicable) {
			return verdict.NotApplicable
		}
		return verdict.Skipped
	case types.SpecStateFailed, types.SpecStateTimedout:
		if blocked {
			return verdict.Blocked
		}
		return verdict.Fail
	default:
		return verdict.Error // It panicked, was interrupted or aborted.
	}
}

// telling is the failure that says most: after a timeout, it is the one that says
// what was waited for.
func telling(r ginkgo.SpecReport) types.Failure {
	if r.State == types.SpecStateTimedout && len(r.AdditionalFailures) > 0 {
		return r.AdditionalFailures[0].Failure
	}
	return r.Failure
}

// summary is a failure in one line: without the words that Gomega puts before and
// without the values of Go.
func summary(f types.Failure) string {
	const longest = 300
	var said []string
	for text := range strings.Lines(f.Message + "\n" + f.ForwardedPanic) {
		text = strings.TrimSpace(text)
		switch {
		case text == "", strings.HasPrefix(text, "errs: ["), strings.HasPrefix(text, "<*"), strings.HasSuffix(text, "error:"),
			strings.HasPrefix(text, "{"), strings.HasPrefix(text, "}"):
			continue
		}
		said = append(said, text)
	}
	line := []rune(strings.Join(said[:min(len(said), 4)], " "))
	if len(line) > longest {
		return string(line[:longest]) + "…"
	}
	return string(line)
}

// whole is all that Ginkgo says about a failure, with its places.
func whole(r ginkgo.SpecReport) string {
	failures := []types.Failure{r.Failure}
	for _, more := range r.AdditionalFailures {
		failures = append(failures, more.Failure)
	}
	var out strings.Builder
	for _, f := range failures {
		fmt.Fprintf(&out, "%s:%d\n%s\n%s\n", filepath.Base(f.Location.FileName), f.Location.LineNumber, f.Message, f.ForwardedPanic)
	}
	return strings.TrimSpace(out.String())
}

func round(seconds float64) float64 { return float64(int(seconds*100+0.5)) / 100 }
