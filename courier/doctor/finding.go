package doctor

// Severity says how much a finding matters.
type Severity string

const (
	// Error is a setting with which codes do not arrive, or secrets leak.
	Error Severity = "error"
	// Warning is a setting with which codes arrive, but not as they should.
	Warning Severity = "warning"
	// Unknown is what was to be checked and could not be.
	Unknown Severity = "unknown"
)

// Finding is one thing that is wrong, or that could not be checked.
type Finding struct {
	Severity Severity `json:"severity"`
	// Where is the path of the setting, or the file and the path in it.
	Where string `json:"where"`
	// What is wrong, and Do what helps.
	What string `json:"what"`
	Do   string `json:"do"`
}

// Fact is what was found out and needs no action, or what was not looked at.
type Fact struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Report is what an examination has found.
type Report struct {
	Findings []Finding `json:"findings"`
	Facts    []Fact    `json:"facts"`
	// Skipped is what was not looked at, at the flag that names it.
	Skipped []Fact `json:"skipped"`
}

// ExitStatus is that of the program: 2 with an error, 3 with something that could not be
// checked, 1 with a warning if the examination is strict, else 0.
func (r Report) ExitStatus(strict bool) int {
	switch {
	case r.Count(Error) > 0:
		return 2
	case r.Count(Unknown) > 0:
		return 3
	case strict && r.Count(Warning) > 0:
		return 1
	}
	return 0
}

// Count is how many findings have a severity.
func (r Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

func (r *Report) found(findings ...Finding)  { r.Findings = append(r.Findings, findings...) }
func (r *Report) learned(where, what string) { r.Facts = append(r.Facts, Fact{where, what}) }
func (r *Report) skipped(where, what string) { r.Skipped = append(r.Skipped, Fact{where, what}) }
