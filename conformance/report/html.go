package report

import (
	"bytes"
	_ "embed" // For the template and its style.
	"fmt"
	"html/template"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

var (
	//go:embed page.tmpl
	pageTemplate string
	//go:embed page.css
	pageStyle string
)

// page is what the template shows.
type page struct {
	Data
	Style    template.CSS
	Headline string
	Profiles []pageProfile
	// Counted is how many specs came out how, the worst first.
	Counted []share
}

type pageProfile struct {
	verdict.Profile
	// Bar has a part for each outcome of its requirements.
	Bar          []share
	Requirements []pageRequirement
}

type pageRequirement struct {
	verdict.Requirement
	Specs []pageSpec
}

type pageSpec struct {
	verdict.Spec
	Detail
}

type share struct {
	Outcome verdict.Outcome
	Count   int
	Percent float64
}

// order is the order in which outcomes are shown.
var order = []verdict.Outcome{
	verdict.Error, verdict.Fail, verdict.Blocked, verdict.Skipped, verdict.NotTested,
	verdict.NotApplicable, verdict.NotChosen, verdict.Pass,
}

// HTML is one page that needs nothing else: no script, no font, no picture.
func HTML(d Data) ([]byte, error) {
	p := page{Data: d, Style: template.CSS(pageStyle), Headline: says[d.Verdict.Outcome]} // #nosec G203 -- our own style.
	count := map[verdict.Outcome]int{}
	for _, s := range d.Verdict.Specs {
		count[s.Outcome]++
	}
	p.Counted = shares(count)
	for _, profile := range d.Verdict.Profiles {
		shown := pageProfile{Profile: profile, Bar: shares(profile.Count)}
		for _, r := range d.Verdict.Requirements {
			if r.Profile != profile.Name {
				continue
			}
			row := pageRequirement{Requirement: r}
			for _, s := range r.Specs {
				row.Specs = append(row.Specs, pageSpec{s, d.Details[s.Name]})
			}
			shown.Requirements = append(shown.Requirements, row)
		}
		p.Profiles = append(p.Profiles, shown)
	}
	var out bytes.Buffer
	err := template.Must(template.New("page").Funcs(template.FuncMap{
		"class":   func(o verdict.Outcome) string { return strings.ReplaceAll(string(o), " ", "-") },
		"clock":   clock,
		"join":    func(words []string) string { return strings.Join(words, ", ") },
		"seconds": func(s float64) string { return fmt.Sprintf("%.1f s", s) },
		"marks":   marks,
	}).Parse(pageTemplate)).Execute(&out, p)
	return out.Bytes(), err
}

// says is the verdict on a run for somebody who reads one line.
var says = map[verdict.Outcome]string{
	verdict.Pass:      "Conforms",
	verdict.Fail:      "Does not conform",
	verdict.Partial:   "Not everything could be looked at",
	verdict.Error:     "No verdict: the suite broke",
	verdict.DidNotRun: "Did not run",
}

func shares(count map[verdict.Outcome]int) []share {
	total := 0
	for _, n := range count {
		total += n
	}
	var all []share
	for _, o := range order {
		if n := count[o]; n > 0 {
			all = append(all, share{o, n, 100 * float64(n) / float64(total)})
		}
	}
	return all
}

// marks makes what stands in backticks code, and nothing else of Markdown.
func marks(text string) template.HTML {
	parts := strings.Split(template.HTMLEscapeString(text), "`")
	var out strings.Builder
	for i, part := range parts {
		if i%2 == 1 && i < len(parts)-1 {
			part = "<code>" + part + "</code>"
		}
		out.WriteString(part)
	}
	return template.HTML(out.String()) // #nosec G203 -- escaped above.
}
