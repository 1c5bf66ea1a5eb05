package doctor

import "context"

// Settings are what the configuration says, and what else was named to look at.
type Settings struct {
	Machine Machine
}

// Examine looks at everything that the settings name.
func Examine(_ context.Context, s Settings) Report {
	r := Report{Findings: []Finding{}, Facts: []Fact{}, Skipped: []string{}}
	s.Machine.examine(&r)
	return r
}
