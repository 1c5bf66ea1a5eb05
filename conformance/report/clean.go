package report

import (
	"slices"
	"strings"
	"unicode"
)

// clean hides the secrets in the texts of a run, where nothing has escaped them
// yet, and takes out what no format can carry. The bytes are redacted once more.
func clean(d Data, r *Redactor) Data {
	text := func(s string) string { return string(r.Redact([]byte(printable(s)))) }
	d.Identity.Command = text(d.Identity.Command)
	d.Verdict.Reasons = slices.Clone(d.Verdict.Reasons)
	for i := range d.Verdict.Reasons {
		d.Verdict.Reasons[i] = text(d.Verdict.Reasons[i])
	}
	d.Verdict.Specs = slices.Clone(d.Verdict.Specs)
	for i := range d.Verdict.Specs {
		d.Verdict.Specs[i].Why = text(d.Verdict.Specs[i].Why)
	}
	d.Verdict.Requirements = slices.Clone(d.Verdict.Requirements)
	for i := range d.Verdict.Requirements {
		specs := slices.Clone(d.Verdict.Requirements[i].Specs)
		for j := range specs {
			specs[j].Why = text(specs[j].Why)
		}
		d.Verdict.Requirements[i].Specs = specs
	}
	details := map[string]Detail{}
	for name, detail := range d.Details {
		detail.Failure = text(detail.Failure)
		detail.Notes = slices.Clone(detail.Notes)
		for i := range detail.Notes {
			detail.Notes[i].Text = text(detail.Notes[i].Text)
		}
		detail.Events = slices.Clone(detail.Events)
		for i, e := range detail.Events {
			detail.Events[i] = Event{e.At, e.From, text(e.To), text(e.What)}
		}
		details[name] = detail
	}
	d.Details = details
	return d
}

// printable leaves out control characters, such as a terminal's colours.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, text)
}
