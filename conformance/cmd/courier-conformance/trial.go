package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/selftest"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// accused is a courier that is judged, and by what.
type accused struct {
	target *target.Target
	// focus are the requirements that are looked at; none is everything.
	focus []string
	// emptied are those of which the specs do nothing.
	emptied []string
	shards  int
}

// right judges the courier without a fault, told its times and with times of its own, and
// returns how many of the verdicts are wrong. broken is why the deployment did not start.
func (t trial) right(ctx context.Context, out io.Writer) (failed int, broken string) {
	v, faults, broken := t.judge(ctx, accused{target: selftest.Target(t.courier, ""), shards: t.jobs})
	if broken != "" {
		return 0, broken
	}
	failed += tell(out, "no fault", "everything passes that can be looked at ("+counts(v)+")", append(selftest.CompareRight(v), faults...))

	// These specs wait most of their time.
	own := accused{target: selftest.Stating(t.courier, selftest.OwnTimes()), focus: selftest.Waiting(), shards: 3 * t.jobs}
	v, faults, broken = t.judge(ctx, own)
	wrong := append(selftest.Row{Keeps: own.focus}.Compare(v), selftest.CompareRight(v)...)
	return failed + tell(out, "no fault, its own times", strings.Join(own.focus, ", ")+" pass, which wait for them", append(wrong, faults...)), broken
}

// try judges the courier with each fault, so many at a time, and returns how many
// verdicts are wrong.
func (t trial) try(ctx context.Context, out io.Writer, rows []selftest.Row) (failed int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	free := make(chan struct{}, t.jobs)
	for _, row := range rows {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			right, wrong, broken := t.row(ctx, row)
			if broken != "" {
				wrong = []string{"the deployment did not start: " + broken}
			}
			mu.Lock()
			defer mu.Unlock()
			failed += tell(out, row.Fault, right, wrong)
		})
	}
	all.Wait()
	return failed
}

// row judges the courier with one fault, and says in words what is right, and what was not.
func (t trial) row(ctx context.Context, row selftest.Row) (right string, wrong []string, broken string) {
	courier, ids := selftest.Target(t.courier, row.Fault), strings.Join(row.Fails, ", ")
	if t.emptied {
		// Without a spec that does something there is no secret to look for.
		v, _, broken := t.judge(ctx, accused{target: courier, focus: row.Fails, emptied: row.Fails, shards: 1})
		return "goes unseen without the specs of " + ids, row.CompareEmptied(v), broken
	}
	v, faults, broken := t.judge(ctx, accused{target: courier, focus: row.Focus(), shards: 1})
	return "fails " + ids + " and nothing else", append(row.Compare(v), faults...), broken
}

// judge runs specs on a courier. faults are what is wrong with the report of the run, and
// broken is why the deployment did not start.
func (t trial) judge(ctx context.Context, a accused) (v verdict.Verdict, faults []string, broken string) {
	measured, waits := runner.At(a.target.Times, t.suite.measured)
	in := verdict.Input{
		Catalogue: t.suite.requirements, Specs: t.suite.specs, Needs: runner.Needs(measured), Waits: waits, Today: time.Now(),
		Target: verdict.Target{Claims: a.target.Claims, Access: a.target.Access()},
		Chosen: func(s catalogue.Spec) bool {
			return a.focus == nil || slices.ContainsFunc(a.focus, func(id string) bool { return slices.Contains(s.IDs, id) })
		},
	}
	result := runner.Run(ctx, runner.Options{
		Program: t.self, Args: []string{"shard"}, Env: t.env, Specs: in.ToRun(), Measured: measured,
		Target: a.target, Emptied: a.emptied, Shards: a.shards, Seed: t.seed, Quiet: hangsAfter,
	})
	in.Seen, in.Faults = result.Seen, result.Faults
	v = verdict.Judge(in)
	data := report.Data{Identity: report.Identity{Target: a.target.Name, Seed: t.seed}, Verdict: v, Details: result.Details}
	return v, t.searched(data, result.Secrets), result.Broken
}

// searched writes the report of a run and says which secrets it shows.
func (t trial) searched(data report.Data, secrets []report.Secret) []string {
	dir, err := os.MkdirTemp("", "courier-conformance-")
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }() // What is left is in a folder for temporary things.
	names, err := report.Write(dir, data, report.NewRedactor(secrets))
	if err != nil {
		return []string{err.Error()}
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			return []string{err.Error()}
		}
	}
	if len(secrets) == 0 {
		return []string{"the run has noted no secret, so nothing can be said about its report"}
	}
	return selftest.Leaks(files, secrets)
}

// tell prints what came of one courier, and returns 1 if it is wrong.
func tell(out io.Writer, name, right string, wrong []string) int {
	if len(wrong) == 0 {
		fmt.Fprintf(out, "ok     %-28s %s\n", name, right)
		return 0
	}
	fmt.Fprintf(out, "WRONG  %s\n", name)
	for _, w := range wrong {
		fmt.Fprintf(out, "       %s\n", w)
	}
	return 1
}
