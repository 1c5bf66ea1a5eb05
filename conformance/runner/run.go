package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// Options are what a run is made of.
type Options struct {
	// Program and Args start a child.
	Program string
	Args    []string
	// Env is added to the environment of the children.
	Env []string
	// Specs are those to run.
	Specs    []catalogue.Spec
	Measured map[string]Measured
	// Target is another courier than the one of this repository; may be nil.
	Target *target.Target
	// MaxWait is how long a spec may wait for a time that the target states; 0 means as
	// long as that is.
	MaxWait time.Duration
	// Emptied are requirements of which the specs do nothing.
	Emptied []string
	// Shards is how many children run at the same time.
	Shards int
	Seed   int64
	// Quiet is after how long without a line a child counts as hanging.
	Quiet time.Duration
	// Progress is told what happens; may be nil.
	Progress *Progress
}

// Result is what a run has shown.
type Result struct {
	Seen    map[string]verdict.Seen
	Details map[string]report.Detail
	// Needs are what each spec needed of the target.
	Needs map[string][]string
	// Waits are what each waited for that takes as long as the target says.
	Waits   map[string][]string
	Secrets []report.Secret
	// Broken is why a deployment did not start; "" if all did.
	Broken string
	// Faults are what went wrong after the specs.
	Faults []string
	// Shards is how many children there were.
	Shards int
}

// run collects what the shards say.
type run struct {
	options Options
	cancel  context.CancelFunc

	mu     sync.Mutex
	result Result
}

func newRun(o Options, cancel context.CancelFunc) *run {
	return &run{options: o, cancel: cancel, result: Result{
		Seen: map[string]verdict.Seen{}, Details: map[string]report.Detail{}, Needs: map[string][]string{}, Waits: map[string][]string{},
	}}
}

// Run runs specs and returns what it saw; the few that were blocked it runs again when the
// others are done. When ctx ends, the children are stopped, and what they had not finished
// is an error.
func Run(ctx context.Context, o Options) Result {
	shards := plan(o.Specs, o.Measured, o.Shards)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newRun(o, cancel)
	r.result.Shards = len(shards)
	o.Progress.planned(shards, o.Measured)
	var all sync.WaitGroup
	for i, s := range shards {
		all.Go(func() { r.shard(ctx, i, s) })
	}
	all.Wait()
	r.again(ctx, len(shards))
	o.Progress.done()
	return r.result
}

// shard runs children until each spec has an outcome, and returns those that did not run. A
// child that dies in a spec is followed by one for the rest.
func (r *run) shard(ctx context.Context, number int, s shard) (left map[string]bool) {
	left = map[string]bool{}
	for _, name := range s.specs {
		left[name] = true
	}
	for len(left) > 0 {
		c := child{number: number, left: left, run: r}
		for _, name := range s.specs {
			if left[name] {
				c.job.Specs = append(c.job.Specs, name)
				if slices.Contains(r.options.Measured[name].Waits, target.WaitEnd) {
					c.job.First = append(c.job.First, name)
				}
			}
		}
		c.job.WithoutKratos, c.job.Seed, c.job.Target = !s.kratos, r.options.Seed, r.options.Target
		c.job.MaxWait, c.job.Emptied = r.options.MaxWait, r.options.Emptied
		before := len(left)
		how, output := c.start(ctx)
		switch {
		case ctx.Err() != nil:
			r.lost(number, left, "the run was interrupted", "")
			return left
		case c.running != "":
			r.lost(number, map[string]bool{c.running: true}, "the suite ended in the middle: "+how, output)
			delete(left, c.running)
		case len(left) == before:
			r.lost(number, left, "the suite did not run it: "+how, output)
			return left
		}
	}
	return nil
}

// lost notes specs of which nothing is known but what the child printed last.
func (r *run) lost(number int, names map[string]bool, why, output string) {
	for name := range names {
		r.add(number, ended{Name: name, Outcome: verdict.Error, Why: why, Detail: report.Detail{Failure: output}})
	}
}

func (r *run) add(number int, e ended) {
	r.mu.Lock()
	r.result.Seen[e.Name] = verdict.Seen{Outcome: e.Outcome, Why: e.Why}
	r.result.Details[e.Name] = e.Detail
	r.result.Needs[e.Name] = e.Needs
	r.result.Waits[e.Name] = e.Waits
	r.result.Secrets = append(r.result.Secrets, e.Secrets...)
	broken := r.result.Broken != ""
	r.mu.Unlock()
	if !broken {
		r.options.Progress.ended(number, e)
	}
}

// late notes that a spec which had passed has failed after all.
func (r *run) late(number int, name, how string) {
	r.mu.Lock()
	r.result.Seen[name] = verdict.Seen{Outcome: verdict.Fail, Why: "after its end: " + how}
	r.mu.Unlock()
	r.options.Progress.late(number, name)
}

func (r *run) fault(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Faults = append(r.result.Faults, what)
}

// broken notes that a deployment did not start. Others would not either, so the
// run ends.
func (r *run) broken(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.result.Broken == "" {
		r.result.Broken = why
	}
	r.cancel()
}
