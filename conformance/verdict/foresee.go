package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

// Foresee says what becomes of a spec that need not run, and whether that is so.
// The runner asks it before a run, and Judge after.
func (in Input) Foresee(spec catalogue.Spec) (Seen, bool) {
	if in.Chosen != nil && !in.Chosen(spec) {
		return Seen{Outcome: NotChosen, Why: "it is not among those that were chosen"}, true
	}
	if in.Problem != nil {
		return Seen{Outcome: Error, Why: "it did not run: " + in.Problem.Message}, true
	}
	for _, id := range spec.IDs {
		r, _ := in.Catalogue.Requirement(id)
		for _, claim := range r.Claims {
			if !slices.Contains(in.Target.Claims, claim) {
				return Seen{Outcome: NotApplicable, Why: "the target does not claim " + claim}, true
			}
		}
	}
	if wait := in.Waits[spec.Name]; in.MaxWait > 0 && wait > in.MaxWait {
		return Seen{Outcome: Skipped, Why: fmt.Sprintf("it would wait %s for the target: --slow, or --max-wait %s", wait, wait)}, true
	}
	if in.Target.Access == nil {
		return Seen{}, false
	}
	needs, measured := in.Needs[spec.Name]
	if !measured {
		return Seen{Outcome: Skipped, Why: "it is new: what it needs of a target was not measured yet"}, true
	}
	lacking := slices.DeleteFunc(slices.Clone(needs), func(access string) bool { return slices.Contains(in.Target.Access, access) })
	if len(lacking) > 0 {
		return Seen{Outcome: Skipped, Why: "the target does not offer " + strings.Join(in.Target.hinted(lacking), ", ")}, true
	}
	return Seen{}, false
}

// ToRun are the specs whose outcome is not foreseen.
func (in Input) ToRun() []catalogue.Spec {
	return slices.DeleteFunc(slices.Clone(in.Specs), func(spec catalogue.Spec) bool {
		_, foreseen := in.Foresee(spec)
		return foreseen
	})
}

// spec is the verdict on one spec.
func (in Input) spec(spec catalogue.Spec) Spec {
	seen, foreseen := in.Foresee(spec)
	if !foreseen {
		var ran bool
		if seen, ran = in.Seen[spec.Name]; !ran {
			seen = Seen{Outcome: Error, Why: "it did not run, and nothing says why"}
		}
	}
	return Spec{Spec: spec, Seen: seen}
}

// hinted adds to words of access how to offer them.
func (t Target) hinted(access []string) []string {
	for i, word := range access {
		if hint := t.Hints[word]; hint != "" {
			access[i] += " (" + hint + ")"
		}
	}
	return access
}
