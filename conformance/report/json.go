package report

import (
	"encoding/json"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

type jsonReport struct {
	Identity     Identity          `json:"identity"`
	Outcome      verdict.Outcome   `json:"outcome"`
	Exit         int               `json:"exit"`
	Headline     string            `json:"headline"`
	Reasons      []string          `json:"reasons,omitempty"`
	Profiles     []jsonProfile     `json:"profiles"`
	Requirements []jsonRequirement `json:"requirements"`
	Specs        []jsonSpec        `json:"specs"`
}

type jsonProfile struct {
	Name    string                  `json:"name"`
	Meaning string                  `json:"meaning"`
	Outcome verdict.Outcome         `json:"outcome"`
	Count   map[verdict.Outcome]int `json:"count"`
	Remarks []string                `json:"remarks,omitempty"`
}

type jsonRequirement struct {
	ID        string          `json:"id"`
	Level     string          `json:"level"`
	Profile   string          `json:"profile"`
	Text      string          `json:"text"`
	Origin    string          `json:"origin"`
	Outcome   verdict.Outcome `json:"outcome"`
	Partly    bool            `json:"partly,omitempty"`
	Known     bool            `json:"expected,omitempty"`
	NotTested string          `json:"not_tested,omitempty"`
	Specs     []string        `json:"specs"`
}

type jsonSpec struct {
	Name    string          `json:"name"`
	IDs     []string        `json:"ids"`
	File    string          `json:"file"`
	Line    int             `json:"line"`
	Outcome verdict.Outcome `json:"outcome"`
	Why     string          `json:"why,omitempty"`
	Remark  string          `json:"remark,omitempty"`
	Detail
}

// JSON is all that is known, for programs.
func JSON(d Data) ([]byte, error) {
	v := d.Verdict
	out := jsonReport{Identity: d.Identity, Outcome: v.Outcome, Exit: v.Exit, Headline: v.Headline, Reasons: v.Reasons}
	for _, p := range v.Profiles {
		out.Profiles = append(out.Profiles, jsonProfile{p.Name, p.Meaning, p.Outcome, p.Count, p.Remarks})
	}
	for _, r := range v.Requirements {
		entry := jsonRequirement{
			ID: r.ID, Level: string(r.Level), Profile: r.Profile, Text: r.Text, Origin: r.Origin,
			Outcome: r.Outcome, Partly: r.Partly, Known: r.Known, NotTested: r.NotTested, Specs: []string{},
		}
		for _, spec := range r.Specs {
			entry.Specs = append(entry.Specs, spec.Name)
		}
		out.Requirements = append(out.Requirements, entry)
	}
	for _, s := range v.Specs {
		out.Specs = append(out.Specs, jsonSpec{s.Name, s.IDs, s.File, s.Line, s.Outcome, s.Why, s.Remark, d.Details[s.Name]})
	}
	return json.MarshalIndent(out, "", "  ")
}
