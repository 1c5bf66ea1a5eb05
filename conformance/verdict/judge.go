package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

// rank puts outcomes in the order in which they decide over a requirement.
var rank = []Outcome{Error, Fail, Blocked, Pass, Skipped, NotApplicable, NotChosen}

// Judge judges a run.
func Judge(in Input) Verdict {
	var v Verdict
	for _, spec := range in.Specs {
		v.Specs = append(v.Specs, in.spec(spec))
	}
	known := in.match(v.Specs)
	for i := range v.Specs {
		v.Specs[i].Remark = in.remark(v.Specs[i], known)
	}
	for _, r := range in.Catalogue.Requirements {
		v.Requirements = append(v.Requirements, requirement(r, v.Specs, known))
	}
	for _, word := range in.Catalogue.Profiles {
		v.Profiles = append(v.Profiles, in.profile(word, v.Requirements))
	}
	v.New = in.fresh(v.Requirements, known)
	in.run(&v, known)
	v.Headline = headline(v, in)
	return v
}

// remark is why a spec that failed or was blocked does not count; "" if it does.
func (in Input) remark(spec Spec, known knowns) string {
	if spec.Outcome != Fail && spec.Outcome != Blocked {
		return ""
	}
	why := ""
	for _, id := range spec.IDs {
		r, _ := in.Catalogue.Requirement(id)
		switch {
		case known.covers(spec.Name, id):
			why = "expected: " + known.pairs[pair{spec.Name, id}].Because
		case in.counts(Requirement{Requirement: r}):
			return ""
		case why == "":
			why = id + " is a should"
		}
	}
	return why
}

func requirement(r catalogue.Requirement, specs []Spec, known knowns) Requirement {
	v := Requirement{Requirement: r, Outcome: NotTested}
	for _, spec := range specs {
		if slices.Contains(spec.IDs, r.ID) {
			v.Specs = append(v.Specs, spec)
		}
	}
	for _, outcome := range rank {
		if slices.ContainsFunc(v.Specs, func(s Spec) bool { return s.Outcome == outcome }) {
			v.Outcome = outcome
			break
		}
	}
	for _, spec := range v.Specs {
		v.Partly = v.Partly || v.Outcome == Pass && (spec.Outcome == Skipped || spec.Outcome == NotChosen)
	}
	v.Known = v.Outcome == Fail || v.Outcome == Blocked
	for _, spec := range v.Specs {
		if spec.Outcome == Fail || spec.Outcome == Blocked {
			v.Known = v.Known && known.covers(spec.Name, r.ID)
		}
	}
	return v
}

// counts reports whether a requirement decides over its profile.
func (in Input) counts(r Requirement) bool { return r.Level == catalogue.Must || in.Strict }

func (in Input) profile(word catalogue.Word, all []Requirement) Profile {
	p := Profile{Word: word, Count: map[Outcome]int{}}
	var musts []Outcome
	total := 0
	for _, r := range all {
		if r.Profile != word.Name {
			continue
		}
		total++
		p.Count[r.Outcome]++
		if in.counts(r) {
			musts = append(musts, r.Outcome)
		} else if r.Outcome == Fail {
			p.Remarks = append(p.Remarks, r.ID)
		}
	}
	has := func(any ...Outcome) bool {
		return slices.ContainsFunc(musts, func(o Outcome) bool { return slices.Contains(any, o) })
	}
	switch {
	case in.Problem != nil:
		p.Outcome = DidNotRun
	case p.Count[NotChosen] == total:
		p.Outcome = NotChosen
	case has(Error):
		p.Outcome = Error
	case has(Fail):
		p.Outcome = Fail
	case has(Blocked, Skipped, NotTested, NotChosen):
		p.Outcome = Partial
	case p.Count[Pass] == 0:
		p.Outcome = NotApplicable
	default:
		p.Outcome = Pass
	}
	return p
}

// run sets outcome, exit code and reasons.
func (in Input) run(v *Verdict, known knowns) {
	if in.Problem != nil {
		v.Outcome, v.Exit, v.Reasons = DidNotRun, in.Problem.Exit, []string{in.Problem.Message}
		return
	}
	count := map[Outcome]int{}
	for _, spec := range v.Specs {
		count[spec.Outcome]++
	}
	var failures, gaps []string
	ids := map[Outcome][]string{}
	for _, r := range v.Requirements {
		if r.Known || !in.counts(r) {
			continue
		}
		ids[r.Outcome] = append(ids[r.Outcome], r.ID)
	}
	if len(ids[Fail]) > 0 {
		failures = append(failures, "fail: "+strings.Join(ids[Fail], ", "))
	}
	for _, o := range []Outcome{Blocked, Skipped, NotTested} {
		if len(ids[o]) > 0 {
			gaps = append(gaps, string(o)+": "+strings.Join(ids[o], ", "))
		}
	}
	failures = append(failures, known.faults...)
	if count[Pass]+count[Fail]+count[Error] == 0 {
		failures = append(failures, "nothing ran")
	}
	switch {
	case count[Error] > 0 || len(in.Faults) > 0:
		v.Outcome, v.Exit = Error, ExitError
		if count[Error] > 0 {
			v.Reasons = append(v.Reasons, fmt.Sprintf("the suite broke in %d of %d specs", count[Error], len(v.Specs)))
		}
		v.Reasons = append(append(v.Reasons, in.Faults...), failures...)
	case len(failures) > 0:
		v.Outcome, v.Exit, v.Reasons = Fail, ExitFail, failures
	case len(gaps) > 0:
		v.Outcome, v.Exit, v.Reasons = Partial, ExitPartial, gaps
	default:
		v.Outcome, v.Exit = Pass, ExitPass
	}
}

// headline says it in one line, such as "core pass · fallback not claimed".
func headline(v Verdict, in Input) string {
	if in.Problem != nil {
		return string(DidNotRun)
	}
	var parts []string
	for _, p := range v.Profiles {
		if p.Outcome != NotChosen {
			parts = append(parts, p.Name+" "+p.Says())
		}
	}
	if len(parts) == 0 {
		return "nothing ran"
	}
	return strings.Join(parts, " · ")
}

// Says is the outcome in the words of a headline.
func (p Profile) Says() string {
	if p.Outcome == NotApplicable {
		return "not claimed"
	}
	return string(p.Outcome)
}
