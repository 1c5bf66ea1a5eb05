package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/templates"
)

// writeTemplates prints a plan as JSON, or as the table that is given.
func writeTemplates(w io.Writer, format string, call templateCall, table func(io.Writer, templateCall) error) error {
	if format == "json" {
		return templatesJSON(w, call, nil)
	}
	return table(w, call)
}

// writeApplied prints what Meta has after a change, and which languages were changed.
func writeApplied(w io.Writer, format string, call templateCall, changed []string) error {
	if format == "json" {
		return templatesJSON(w, call, changed)
	}
	if len(changed) == 0 {
		changed = []string{"none"}
	}
	_, _ = fmt.Fprintf(w, "\nchanged: %s\n\n", strings.Join(changed, ", ")) // the table has the error
	return listOfTemplates(w, call)
}

func templatesJSON(w io.Writer, call templateCall, changed []string) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Account string `json:"account"`
		templates.Plan
		// Changed are the languages that were made or changed; not there for what only reads.
		Changed []string `json:"changed,omitempty"`
	}{call.account.ID, call.plan, changed})
}

// listOfTemplates shows what Meta has, one language a row.
func listOfTemplates(w io.Writer, call templateCall) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "TEMPLATE\tLANGUAGE\tSTATUS\tKIND\tSECURITY\tEXPIRY\tTTL\tDRIFT") // Flush has the error
	for _, s := range call.plan.Steps {
		cells := []string{"-", "-", "-", "-"}
		if s.Have != nil {
			for i, field := range s.Have.Fields()[:len(cells)] {
				cells[i] = field.Value
			}
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", call.plan.Name, s.Language, orDash(s.Status), strings.Join(cells, "\t"), drift(s))
	}
	return table.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// drift is how a language differs from the configuration, in a few words.
func drift(s templates.Step) string {
	if s.Action == templates.Create {
		return "missing"
	}
	if s.Action == templates.Ignore {
		return "not in the configuration"
	}
	var fields []string
	for _, d := range s.Differences {
		fields = append(fields, d.Field)
	}
	if s.Why != "" {
		fields = append(fields, s.Why)
	}
	return orDash(strings.Join(fields, ", "))
}

// differencesOfTemplates shows what would be changed.
func differencesOfTemplates(w io.Writer, call templateCall) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "template %s of the account %s\n\n", call.plan.Name, call.account.ID) // Flush has the error
	for _, s := range call.plan.Steps {
		sign, words := happens(s)
		_, _ = fmt.Fprintf(table, "%s %s\t%s\n", sign, s.Language, words)
		if s.Action == templates.Ignore || s.Action == templates.Keep {
			continue
		}
		for _, d := range s.Differences {
			if d.Have == "" {
				_, _ = fmt.Fprintf(table, "    %s\t%s\n", d.Field, d.Want)
			} else {
				_, _ = fmt.Fprintf(table, "    %s\t%s -> %s\n", d.Field, d.Have, d.Want)
			}
		}
	}
	_, _ = fmt.Fprintf(table, "\n%s\n", call.plan.Summary())
	return table.Flush()
}

// happens is what becomes of a language, as a sign and in words.
func happens(s templates.Step) (sign, words string) {
	switch s.Action {
	case templates.Create:
		return "+", "is made"
	case templates.Update:
		return "~", s.Status + ", is changed"
	case templates.Blocked:
		return "!", s.Status + ", stays: " + s.Why
	case templates.Ignore:
		return "?", s.Status + ", stays: it is not in whatsapp.template.languages"
	case templates.Keep:
	}
	return " ", s.Status + ", as wanted"
}

// reviewProgress prints each change of a status, and twice a minute that there was none.
func reviewProgress(w io.Writer) func(templates.Plan, time.Duration) {
	var last string
	var at time.Duration
	return func(p templates.Plan, waited time.Duration) {
		var statuses []string
		for _, s := range p.Steps {
			if s.Action != templates.Ignore {
				statuses = append(statuses, s.Language+" "+orDash(s.Status))
			}
		}
		if now := strings.Join(statuses, ", "); now != last || waited-at >= 30*time.Second {
			last, at = now, waited
			_, _ = fmt.Fprintf(w, "%s  %s\n", waited.Round(time.Second), now)
		}
	}
}
