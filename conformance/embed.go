// Package conformance holds REQUIREMENTS.md, from which everything that speaks of
// a requirement takes its words: the specs' labels, the verdict and the reports.
package conformance

import _ "embed" // For the requirements.

// Requirements is REQUIREMENTS.md.
//
//go:embed REQUIREMENTS.md
var Requirements string
