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
	r.shard(ctx, number, s)
}

// blocked are the specs whose question was not asked, in the order of the options.
func (r *run) blocked() []catalogue.Spec {
	r.mu.Lock()
	defer r.mu.Unlock()
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
	return report.Note{Name: "First try", Text: fmt.Sprintf("%s: %s", before.Outcome, before.Why)}
}
