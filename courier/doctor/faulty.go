package doctor

import (
	"regexp"
	"strings"
)

var settingPath = regexp.MustCompile(`^[a-z0-9_]+(\.[A-Za-z0-9_-]+)*$`)

// Faulty is the report on a configuration that cannot be used. Each fault is a text that
// begins with the path of its setting. The world is not asked: what it would be asked
// about is not known.
func Faulty(faults []string) Report {
	r := Report{Findings: []Finding{}, Facts: []Fact{}, Skipped: []Fact{}}
	r.skipped("configuration", "everything that it should fit: correct it first")
	for _, fault := range faults {
		where, what, found := strings.Cut(fault, ": ")
		if !found || !settingPath.MatchString(where) {
			where, what = "configuration", fault
		}
		r.found(Finding{Error, where, what, "change it in the configuration file, or in the environment if it is set there"})
	}
	return r
}
