// Package report writes what a run has shown: for people, for CI, for a
// repository and as a badge. All say the same, since all are made of one verdict,
// and no secret is in any, since every byte passes Redactor last.
package report

import (
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// Data is what all reports are made of.
type Data struct {
	Identity Identity
	Verdict  verdict.Verdict
	// Details are what is known of a spec that ran, by its name.
	Details map[string]Detail
}

// Identity says what was judged, by what, and how to do it again.
type Identity struct {
	Target        string   `json:"target" yaml:"target"`
	TargetVersion string   `json:"target_version" yaml:"target_version"`
	TargetURL     string   `json:"target_url,omitempty" yaml:"target_url,omitempty"`
	Kratos        string   `json:"kratos" yaml:"kratos"`
	Suite         string   `json:"suite" yaml:"suite"`
	Claims        []string `json:"claims" yaml:"claims"`
	// Access is what the target offers; empty means everything.
	Access []string `json:"access,omitempty" yaml:"access,omitempty"`
	// Scope is what was chosen of the catalogue.
	Scope  string `json:"scope" yaml:"scope"`
	Strict bool   `json:"strict,omitempty" yaml:"strict,omitempty"`
	Seed   int64  `json:"seed" yaml:"seed"`
	Shards int    `json:"shards" yaml:"shards"`
	// Started is when the run began, Seconds how long it took.
	Started time.Time `json:"started" yaml:"started"`
	Seconds float64   `json:"seconds" yaml:"seconds"`
	// Command repeats the run.
	Command string `json:"command" yaml:"command"`
}

// Detail is what is known of a spec that ran.
type Detail struct {
	Seconds float64 `json:"seconds"`
	// Failure is the whole text of a failure, with its place.
	Failure string `json:"failure,omitempty"`
	// Notes are what the spec left, such as the tails of logs.
	Notes []Note `json:"notes,omitempty"`
	// Events are what happened, in order.
	Events []Event `json:"events,omitempty"`
}

// FirstTry is the name of a note of the suite's own: what a spec that was blocked said at first.
const FirstTry = "First try"

// WithoutNotes are the details without what specs left, such as logs of programs that
// belong to others.
func WithoutNotes(details map[string]Detail) map[string]Detail {
	bare := map[string]Detail{}
	for name, detail := range details {
		detail.Notes = slices.DeleteFunc(slices.Clone(detail.Notes), func(n Note) bool { return n.Name != FirstTry })
		bare[name] = detail
	}
	return bare
}

// Note is a text with a heading.
type Note struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Event is something that happened during a spec.
type Event struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	To   string    `json:"to"`
	What string    `json:"what"`
}
