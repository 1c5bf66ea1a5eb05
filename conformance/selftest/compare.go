package selftest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// Compare says what of a verdict is not as the row has it; nothing if all is. What
// had to fail has to fail; the rest of the focus passes or is blocked; and what was
// not in the focus but shares a spec with it does not fail either.
func (r Row) Compare(v verdict.Verdict) []string {
	var wrong []string
	if v.Outcome == verdict.Error {
		wrong = append(wrong, v.Reasons...)
	}
	outcomes, whys := map[string]verdict.Outcome{}, map[string]string{}
	for _, q := range v.Requirements {
		outcomes[q.ID], whys[q.ID] = q.Outcome, why(q)
		if q.Outcome == verdict.Fail && !slices.Contains(r.Fails, q.ID) {
			wrong = append(wrong, q.ID+": fails, and the courier keeps it"+why(q))
		}
	}
	for _, id := range r.Fails {
		if outcomes[id] != verdict.Fail {
			wrong = append(wrong, fmt.Sprintf("%s: has to fail, and the outcome is %s%s", id, outcomes[id], whys[id]))
		}
	}
	for _, id := range r.Keeps {
		if o := outcomes[id]; o != verdict.Pass && o != verdict.Blocked && o != verdict.Fail {
			wrong = append(wrong, fmt.Sprintf("%s: was to be looked at, and the outcome is %s", id, o))
		}
	}
	return wrong
}

// why is what the first spec that decided has to say; "" if none has.
func why(q verdict.Requirement) string {
	for _, spec := range q.Specs {
		if spec.Outcome == q.Outcome && spec.Why != "" {
			return "; " + spec.Name + ": " + spec.Why
		}
	}
	return ""
}

// CompareRight says what of a verdict on the courier without a fault is wrong:
// nothing may fail, break or be blocked, and something has to pass.
func CompareRight(v verdict.Verdict) []string {
	wrong := Row{}.Compare(v)
	for _, spec := range v.Specs {
		if spec.Outcome == verdict.Blocked {
			wrong = append(wrong, fmt.Sprintf("%s: blocked; %s: %s", strings.Join(spec.IDs, ", "), spec.Name, spec.Why))
		}
	}
	if !slices.ContainsFunc(v.Requirements, func(q verdict.Requirement) bool { return q.Outcome == verdict.Pass }) {
		wrong = append(wrong, "nothing passes")
	}
	return wrong
}

// CompareEmptied says what is wrong of a verdict in a run in which the specs of the row's
// requirements do nothing. Then these pass, and the row has to be judged wrong for each: a
// requirement that fails all the same was never failed by its specs.
func (r Row) CompareEmptied(v verdict.Verdict) []string {
	found := Row{Fails: r.Fails}.Compare(v)
	var wrong []string
	for _, id := range r.Fails {
		missed := fmt.Sprintf("%s: has to fail, and the outcome is %s", id, verdict.Pass)
		if !slices.Contains(found, missed) {
			wrong = append(wrong, id+": its specs do nothing, and yet it does not pass")
		}
		found = slices.DeleteFunc(found, func(said string) bool { return said == missed })
	}
	return append(wrong, found...)
}
