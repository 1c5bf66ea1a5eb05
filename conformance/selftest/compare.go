package selftest

import (
	"fmt"
	"slices"

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
	outcomes := map[string]verdict.Outcome{}
	for _, q := range v.Requirements {
		outcomes[q.ID] = q.Outcome
		if q.Outcome == verdict.Fail && !slices.Contains(r.Fails, q.ID) {
			wrong = append(wrong, q.ID+": fails, and the courier keeps it")
		}
	}
	for _, id := range r.Fails {
		if outcomes[id] != verdict.Fail {
			wrong = append(wrong, fmt.Sprintf("%s: has to fail, and the outcome is %s", id, outcomes[id]))
		}
	}
	for _, id := range r.Keeps {
		if o := outcomes[id]; o != verdict.Pass && o != verdict.Blocked && o != verdict.Fail {
			wrong = append(wrong, fmt.Sprintf("%s: was to be looked at, and the outcome is %s", id, o))
		}
	}
	return wrong
}

// CompareRight says what of a verdict on the courier without a fault is wrong:
// nothing may fail or break, and something has to pass.
func CompareRight(v verdict.Verdict) []string {
	wrong := Row{}.Compare(v)
	if !slices.ContainsFunc(v.Requirements, func(q verdict.Requirement) bool { return q.Outcome == verdict.Pass }) {
		wrong = append(wrong, "nothing passes")
	}
	return wrong
}
