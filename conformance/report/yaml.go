package report

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

type yamlReport struct {
	Identity Identity        `yaml:"identity"`
	Outcome  verdict.Outcome `yaml:"outcome"`
	Headline string          `yaml:"headline"`
	Reasons  []string        `yaml:"reasons,omitempty"`
	Profiles []yamlProfile   `yaml:"profiles"`
	// Specs is how many specs came out how.
	Specs map[verdict.Outcome]int `yaml:"specs"`
	// NotPassed are the specs that were chosen and did not pass.
	NotPassed []yamlSpec `yaml:"not_passed,omitempty"`
}

type yamlProfile struct {
	Name    string          `yaml:"name"`
	Outcome verdict.Outcome `yaml:"outcome"`
	// Requirements are the IDs by what became of them.
	Requirements map[verdict.Outcome]yamlIDs `yaml:"requirements"`
}

type yamlIDs []string

// MarshalYAML puts the IDs on one line.
func (ids yamlIDs) MarshalYAML() (any, error) {
	var node yaml.Node
	err := node.Encode([]string(ids))
	node.Style = yaml.FlowStyle
	return &node, err
}

type yamlSpec struct {
	Spec    string          `yaml:"spec"`
	IDs     yamlIDs         `yaml:"ids"`
	Outcome verdict.Outcome `yaml:"outcome"`
	Why     string          `yaml:"why"`
}

// YAML is the report for a repository: short, and of lines that say something
// when they change.
func YAML(d Data) ([]byte, error) {
	v := d.Verdict
	out := yamlReport{
		Identity: d.Identity, Outcome: v.Outcome, Headline: v.Headline, Reasons: v.Reasons, Specs: map[verdict.Outcome]int{},
	}
	for _, p := range v.Profiles {
		profile := yamlProfile{Name: p.Name, Outcome: p.Outcome, Requirements: map[verdict.Outcome]yamlIDs{}}
		for _, r := range v.Requirements {
			if r.Profile == p.Name {
				profile.Requirements[r.Outcome] = append(profile.Requirements[r.Outcome], r.ID)
			}
		}
		out.Profiles = append(out.Profiles, profile)
	}
	for _, s := range v.Specs {
		out.Specs[s.Outcome]++
		if s.Outcome != verdict.Pass && s.Outcome != verdict.NotChosen {
			out.NotPassed = append(out.NotPassed, yamlSpec{s.Name, s.IDs, s.Outcome, s.Why})
		}
	}
	var raw bytes.Buffer
	raw.WriteString("# Written by courier-conformance. How to read it: conformance/README.md\n")
	encoder := yaml.NewEncoder(&raw)
	encoder.SetIndent(2)
	err := encoder.Encode(out)
	return raw.Bytes(), err
}
