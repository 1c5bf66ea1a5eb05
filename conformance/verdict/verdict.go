// Package verdict judges a run of the specs. Text, reports and exit code come from
// one pure function, and from the catalogue: what was not run is judged as well.
package verdict

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

// Outcome is what became of a spec, a requirement, a profile or a run.
type Outcome string

// The outcomes.
const (
	Pass Outcome = "pass"
	Fail Outcome = "fail"
	// Blocked: the way to the question broke, so the question was not asked.
	Blocked Outcome = "blocked"
	// Skipped: the rule holds, and nobody has looked.
	Skipped Outcome = "skipped"
	// NotApplicable: the rule is not for this target.
	NotApplicable Outcome = "not applicable"
	// Error: the suite itself broke.
	Error Outcome = "error"
	// NotTested is a requirement without specs.
	NotTested Outcome = "not tested"
	// NotChosen is left out of this run on purpose.
	NotChosen Outcome = "not chosen"
	// Partial is a profile or a run in which a must was not looked at.
	Partial Outcome = "partial"
	// DidNotRun is a run that did not begin.
	DidNotRun Outcome = "did not run"
)

// What a run ends with, for scripts.
const (
	ExitPass        = 0
	ExitFail        = 1
	ExitUsage       = 2 // Flags, files: found before anything starts.
	ExitEnvironment = 3 // Kratos, mock or target are not there.
	ExitError       = 4
	ExitPartial     = 5
)

// Seen is what was seen of one spec.
type Seen struct {
	Outcome Outcome
	// Why is the reason of everything but a pass, in one sentence if it can be.
	Why string
}

// Problem keeps a run from beginning.
type Problem struct {
	// Exit is ExitUsage or ExitEnvironment.
	Exit int
	// Message says what is wrong, where, and what to do.
	Message string
}

// Input is all that a verdict depends on.
type Input struct {
	Catalogue catalogue.Catalogue
	Specs     []catalogue.Spec
	Target    Target
	// Needs are what each spec needs of the target, by name. What is not listed
	// was never measured.
	Needs map[string][]string
	// Waits is how long each spec waits for a time that the target states, by name; what
	// is not listed does not.
	Waits map[string]time.Duration
	// MaxWait is the longest of these that is waited for; 0 means that all are.
	MaxWait time.Duration
	// Chosen says which specs this run is about; nil means all.
	Chosen func(catalogue.Spec) bool
	// Seen are the specs that ran, by name. A spec that finds out that the rule is
	// not for this Kratos says so here.
	Seen map[string]Seen
	// Faults are what else went wrong in the suite.
	Faults []string
	// Expected are the failures that are known.
	Expected []Expected
	// Today is the day of the run.
	Today time.Time
	// Strict counts a should like a must.
	Strict bool
	// Problem is why nothing ran; nil if it did.
	Problem *Problem
}

// Target is what is judged.
type Target struct {
	// Claims are those that it makes.
	Claims []string
	// Access is what it offers; nil means everything.
	Access []string
	// Hints say how to offer an access that it does not, by its word.
	Hints map[string]string
}

// Spec is the verdict on one spec.
type Spec struct {
	catalogue.Spec
	Seen
	// Remark is why a failure does not count: it is known, or of a should; "" if it
	// counts.
	Remark string
}

// Requirement is the verdict on one requirement.
type Requirement struct {
	catalogue.Requirement
	Outcome Outcome
	// Partly is a pass of which some specs were not looked at.
	Partly bool
	// Known is an outcome that is expected.
	Known bool
	// Specs are those that check it.
	Specs []Spec
}

// Profile is the verdict on one profile.
type Profile struct {
	catalogue.Word
	Outcome Outcome
	// Count is how many of its requirements came out how.
	Count map[Outcome]int
	// Remarks are the shoulds that failed.
	Remarks []string
}

// Verdict is the verdict on a run.
type Verdict struct {
	Outcome Outcome
	Exit    int
	// Headline is the verdict in one line.
	Headline string
	// Reasons are why it is no pass.
	Reasons      []string
	Profiles     []Profile
	Requirements []Requirement
	Specs        []Spec
	// New are entries for the file of expected failures, ready to copy.
	New []Expected
}
