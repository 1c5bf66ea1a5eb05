package runner

import (
	_ "embed" // For the measurements.
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

//go:embed measured.json
var measuredFile []byte

// Measured is what a full run has shown of one spec.
type Measured struct {
	Seconds float64 `json:"seconds"`
	// Needs is what it needed of the target, in the order of REQUIREMENTS.md.
	Needs []string `json:"needs"`
	// Waits are what it waited for that takes as long as the target says, in the words of
	// package target.
	Waits []string `json:"waits,omitempty"`
}

// ReadMeasured returns the measurements that are built in, by the specs' names.
func ReadMeasured() (map[string]Measured, error) {
	all := map[string]Measured{}
	if err := json.Unmarshal(measuredFile, &all); err != nil {
		return nil, fmt.Errorf("measured.json: %w", err)
	}
	return all, nil
}

// Needs are the measured needs, by the specs' names.
func Needs(measured map[string]Measured) map[string][]string {
	needs := map[string][]string{}
	for name, m := range measured {
		needs[name] = m.Needs
	}
	return needs
}

// At are the measurements for a target with these times, and how long each spec that
// waits for one of them waits, by the specs' names.
func At(times target.Times, measured map[string]Measured) (map[string]Measured, map[string]time.Duration) {
	there, waits := map[string]Measured{}, map[string]time.Duration{}
	for name, m := range measured {
		if wait := times.Wait(m.Waits); wait > 0 {
			waits[name] = wait
			m.Seconds += wait.Seconds()
		}
		there[name] = m
	}
	return there, waits
}

// WriteMeasured writes what a run has measured, so that the next one is planned by
// it. Specs that did not run keep what is known of them.
func WriteMeasured(file string, access []catalogue.Word, known map[string]Measured, specs []catalogue.Spec, run Result) error {
	all := map[string]Measured{}
	for _, spec := range specs {
		if m, ok := known[spec.Name]; ok {
			all[spec.Name] = m
		}
		if detail, ok := run.Details[spec.Name]; ok {
			all[spec.Name] = Measured{Seconds: detail.Seconds, Needs: sorted(run.Needs[spec.Name], access), Waits: run.Waits[spec.Name]}
		}
	}
	raw, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}

// CheckAccess compares the requirements' access with what their specs needed. A
// requirement with a spec that was not measured yet may say more.
func CheckAccess(c catalogue.Catalogue, specs []catalogue.Spec, measured map[string]Measured) error {
	var faults []error
	for _, r := range c.Requirements {
		var needs []string
		known := true
		for _, spec := range specs {
			if slices.Contains(spec.IDs, r.ID) {
				m, ok := measured[spec.Name]
				needs, known = append(needs, m.Needs...), known && ok
			}
		}
		needs = sorted(needs, c.Access)
		missing := slices.ContainsFunc(needs, func(n string) bool { return !slices.Contains(r.Access, n) })
		if missing || known && len(needs) != len(r.Access) {
			faults = append(faults, fmt.Errorf("REQUIREMENTS.md, %s: its specs need %s, and not %s",
				r.ID, strings.Join(needs, ", "), strings.Join(r.Access, ", ")))
		}
	}
	return errors.Join(faults...)
}

func sorted(needs []string, access []catalogue.Word) []string {
	in := []string{}
	for _, word := range access {
		if slices.Contains(needs, word.Name) {
			in = append(in, word.Name)
		}
	}
	return in
}
