package verdict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

// Expected is a failure that is known, until a day.
type Expected struct {
	ID string `yaml:"id"`
	// Spec is the name of one spec; "" means all specs of the requirement.
	Spec    string  `yaml:"spec,omitempty"`
	Outcome Outcome `yaml:"outcome"`
	Because string  `yaml:"because"`
	// Until is the last day on which it is expected, as 2006-01-02.
	Until string `yaml:"until"`
}

func (e Expected) String() string {
	if e.Spec == "" {
		return fmt.Sprintf("the expected %s of %s", e.Outcome, e.ID)
	}
	return fmt.Sprintf("the expected %s of %s (%s)", e.Outcome, e.ID, e.Spec)
}

// ReadExpected reads the file of expected failures, a YAML list. Every entry must
// name a requirement or a spec of it exactly, and have a reason and a last day.
func ReadExpected(raw []byte, c catalogue.Catalogue, specs []catalogue.Spec) ([]Expected, error) {
	var entries []Expected
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var faults []error
	for i, e := range entries {
		fault := func(bad bool, format string, args ...any) {
			if bad {
				faults = append(faults, fmt.Errorf("entry %d: "+format, append([]any{i + 1}, args...)...))
			}
		}
		_, known := c.Requirement(e.ID)
		fault(!known, "id: %q is no requirement", e.ID)
		fault(e.Outcome != Fail && e.Outcome != Blocked, "outcome: %q is neither fail nor blocked", e.Outcome)
		fault(e.Because == "", "because: say why it is expected")
		_, err := time.Parse(time.DateOnly, e.Until)
		fault(err != nil, "until: %q is no day such as 2026-12-31", e.Until)
		fault(e.Spec != "" && !slices.ContainsFunc(specs, func(s catalogue.Spec) bool {
			return s.Name == e.Spec && slices.Contains(s.IDs, e.ID)
		}), "spec: %s has no spec %q", e.ID, e.Spec)
	}
	return entries, errors.Join(faults...)
}

// knowns are the failures that happened as expected, and what is wrong with the
// expectations.
type knowns struct {
	pairs  map[pair]Expected
	faults []string
}

type pair struct{ spec, id string }

func (k knowns) covers(spec, id string) bool {
	_, ok := k.pairs[pair{spec, id}]
	return ok
}

// match finds the specs that each entry is about. An entry counts for its own
// requirement only, and until its day.
func (in Input) match(specs []Spec) knowns {
	k := knowns{pairs: map[pair]Expected{}}
	if in.Problem != nil {
		return k
	}
	for _, e := range in.Expected {
		if until, err := time.Parse(time.DateOnly, e.Until); err != nil || !in.Today.Before(until.AddDate(0, 0, 1)) {
			k.faults = append(k.faults, fmt.Sprintf("%s has run out on %s", e, e.Until))
			continue
		}
		met, asked := false, false
		for _, spec := range specs {
			if e.Spec != "" && e.Spec != spec.Name || !slices.Contains(spec.IDs, e.ID) {
				continue
			}
			asked = asked || spec.Outcome != NotChosen
			if spec.Outcome == e.Outcome {
				met, k.pairs[pair{spec.Name, e.ID}] = true, e
			}
		}
		if asked && !met {
			k.faults = append(k.faults, fmt.Sprintf("%s did not happen: remove the entry", e))
		}
	}
	return k
}

// fresh are entries for what failed and is not expected, without reason and day.
func (in Input) fresh(requirements []Requirement, known knowns) []Expected {
	var entries []Expected
	for _, r := range requirements {
		if !in.counts(r) {
			continue
		}
		for _, spec := range r.Specs {
			if (spec.Outcome == Fail || spec.Outcome == Blocked) && !known.covers(spec.Name, r.ID) {
				entries = append(entries, Expected{ID: r.ID, Spec: spec.Name, Outcome: spec.Outcome})
			}
		}
	}
	return entries
}
