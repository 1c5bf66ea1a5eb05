package runner

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// job is what a child is told, as JSON on its standard input.
type job struct {
	// Specs are the names of the specs to run.
	Specs []string `json:"specs"`
	// WithoutKratos leaves Kratos out of the deployment that specs share.
	WithoutKratos bool  `json:"without_kratos"`
	Seed          int64 `json:"seed"`
	// Target is another courier than the one of this repository; may be nil.
	Target *target.Target `json:"target,omitempty"`
	// MaxWait is how long a spec may wait for a time that the target states; 0 means as
	// long as that is.
	MaxWait time.Duration `json:"max_wait"`
	// Emptied are requirements of which the specs do nothing.
	Emptied []string `json:"emptied,omitempty"`
	// First are the specs that make promises: the sooner, the less there is to wait for at
	// the end.
	First []string `json:"first,omitempty"`
}

// line is what a child says.
type line struct {
	// Begins is the name of a spec that begins.
	Begins string `json:"begins,omitempty"`
	// Ended is a spec that has ended.
	Ended *ended `json:"ended,omitempty"`
	// Broken is why the deployment that specs share did not start.
	Broken string `json:"broken,omitempty"`
	// Promise is a spec that had passed, and of which a promise was broken later.
	Promise *specs.Promise `json:"promise,omitempty"`
	// Fault is what else went wrong after the specs.
	Fault string `json:"fault,omitempty"`
}

// ended is what became of a spec.
type ended struct {
	Name    string          `json:"name"`
	Outcome verdict.Outcome `json:"outcome"`
	Why     string          `json:"why,omitempty"`
	Detail  report.Detail   `json:"detail"`
	Needs   []string        `json:"needs,omitempty"`
	// Waits are what it waited for that takes as long as the target says.
	Waits   []string        `json:"waits,omitempty"`
	Secrets []report.Secret `json:"secrets,omitempty"`
}
