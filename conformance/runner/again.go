package runner

import (
	"context"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// mostAgain is how many blocked specs a busy machine explains. More of them say that the way
// to the question is broken for good.
const mostAgain = 10

// again runs the specs that were blocked once more, one at a time and with nothing beside
// them: a machine that is too busy is the usual reason that a question could not be asked. What
// failed is not run again.
func (r *run) again(ctx context.Context, number int) {
	specs := r.blocked()
	if len(specs) == 0 || len(specs) > mostAgain || ctx.Err() != nil {
		return
	}
	s := plan(specs, r.options.Measured, 1)[0]
	r.options.Progress.again(number, s)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	second := newRun(r.options, cancel)
	left := second.shard(ctx, number, s)
	r.replace(second.result, left)
}

// replace puts what a second try has shown in the place of the first. What did not run, since
// its deployment did not start, stays blocked: that is what is known of it.
func (r *run) replace(second Result, left map[string]bool) {
	r.result.Secrets = append(r.result.Secrets, second.Secrets...)
	r.result.Faults = append(r.result.Faults, second.Faults...)
	for name, seen := range second.Seen {
		if left[name] {
			continue
		}
		detail := second.Details[name]
		detail.Notes = append(detail.Notes, firstTry(r.result.Seen[name]))
		r.result.Seen[name], r.result.Details[name] = seen, detail
		r.result.Needs[name], r.result.Waits[name] = second.Needs[name], second.Waits[name]
	}
}

// blocked are the specs whose question was not asked, in the order of the options.
func (r *run) blocked() []catalogue.Spec {
	var specs []catalogue.Spec
	for _, spec := range r.options.Specs {
		if r.result.Seen[spec.Name].Outcome == verdict.Blocked {
			specs = append(specs, spec)
		}
	}
	return specs
}

// firstTry tells readers of a report that a spec was blocked before.
func firstTry(before verdict.Seen) report.Note {
	return report.Note{Name: report.FirstTry, Text: fmt.Sprintf("%s: %s", before.Outcome, before.Why)}
}
