// Package catalogue is what a deployment must keep, as data: the requirements of
// REQUIREMENTS.md, and the specs that check them. A verdict is built from it, and
// not from what happened to run.
package catalogue

import "slices"

// Level is how much a requirement weighs.
type Level string

// The levels of a requirement.
const (
	Must   Level = "must"
	Should Level = "should"
)

// Core is the profile that no courier can leave out.
const Core = "core"

// Word is a word that REQUIREMENTS.md uses in its tables, and what it means.
type Word struct{ Name, Meaning string }

// Requirement is one line of REQUIREMENTS.md.
type Requirement struct {
	ID    string
	Level Level
	// Who has to keep it: K, C, W or P.
	Who []string
	// Profile is the part of a verdict that it counts for.
	Profile string
	// Claims are what a courier must claim for it to apply; none means always.
	Claims []string
	// Access is what its specs together need of the target.
	Access []string
	Text   string
	// Origin is where it comes from.
	Origin string
	// Files are the files of its specs, its own first.
	Files []string
	// NotTested is what the specs leave out, and why; "" if nothing.
	NotTested string
}

// Spec is one spec.
type Spec struct {
	// Name is its full text, which is unique.
	Name string
	// IDs are the requirements that it checks, the one that it stands with first.
	IDs []string
	// File and Line are where it is written; the file has no folder.
	File string
	Line int
}

// Catalogue is the requirements with the words that they use.
type Catalogue struct {
	Profiles, Claims, Access []Word
	Requirements             []Requirement
}

// Requirement returns the requirement of an ID, and whether there is one.
func (c Catalogue) Requirement(id string) (Requirement, bool) {
	i := slices.IndexFunc(c.Requirements, func(r Requirement) bool { return r.ID == id })
	if i < 0 {
		return Requirement{}, false
	}
	return c.Requirements[i], true
}

// Has reports whether a list of words has this one.
func Has(words []Word, name string) bool {
	return slices.ContainsFunc(words, func(w Word) bool { return w.Name == name })
}
