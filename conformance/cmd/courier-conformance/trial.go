package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

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

	own := accused{target: selftest.Stating(t.courier, selftest.OwnTimes()), focus: selftest.Waiting(), shards: t.jobs}
	v, faults, broken = t.judge(ctx, own)
	wrong := append(selftest.Row{Keeps: own.focus}.Compare(v), selftest.CompareRight(v)...)
	return failed + tell(out, "no fault, its own times", strings.Join(own.focus, ", ")+" pass, which wait for them", append(wrong, faults...)), broken
}

// try judges the courier with each fault, so many shards at a time, and returns how many
// verdicts are wrong. The faults whose specs take longest come first.
func (t trial) try(ctx context.Context, out io.Writer, rows []selftest.Row) (failed int) {
	all := make([]attempt, len(rows))
	for i, row := range rows {
		all[i] = t.attempt(row)
	}
	slices.SortStableFunc(all, func(a, b attempt) int { return cmp.Compare(b.seconds, a.seconds) })
	var mu sync.Mutex
	var running sync.WaitGroup
	free := semaphore.NewWeighted(int64(t.jobs))
	for _, a := range all {
		if free.Acquire(ctx, int64(a.shards)) != nil {
			break // It was interrupted: the rows that run say so.
		}
		running.Go(func() {
			defer free.Release(int64(a.shards))
			begun := time.Now()
			right, wrong, broken := t.row(ctx, a)
			if broken != "" {
				wrong = []string{"the deployment did not start: " + broken}
			}
			mu.Lock()
			defer mu.Unlock()
			failed += tell(out, a.row.Fault, fmt.Sprintf("%s, in %.0f s", right, time.Since(begun).Seconds()), wrong)
		})
	}
	running.Wait()
	return failed
}

// attempt is a row that is tried, and what it takes.
type attempt struct {
	row     selftest.Row
	accused accused
	seconds float64
	shards  int
}

// longestShard is how many seconds of specs one shard of a row has: more shards cost more
// starts of Kratos.
const longestShard = 30

func (t trial) attempt(row selftest.Row) attempt {
	a := attempt{row: row, accused: accused{target: selftest.Target(t.courier, row.Fault), focus: row.Focus()}}
	if t.emptied {
		a.accused.focus, a.accused.emptied = row.Fails, row.Fails
	} else {
		in, measured := t.input(a.accused)
		for _, spec := range in.ToRun() {
			a.seconds += measured[spec.Name].Seconds
		}
	}
	a.shards = min(t.jobs, 1+int(a.seconds/longestShard))
	a.accused.shards = a.shards
	return a
}

// row judges the courier with one fault, and says in words what is right, and what was not.
func (t trial) row(ctx context.Context, a attempt) (right string, wrong []string, broken string) {
	ids := strings.Join(a.row.Fails, ", ")
	v, faults, broken := t.judge(ctx, a.accused)
	if t.emptied {
		// Without a spec that does something there is no secret to look for.
		return "goes unseen without the specs of " + ids, a.row.CompareEmptied(v), broken
	}
	return "fails " + ids + " and nothing else", append(a.row.Compare(v), faults...), broken
}

// input is what is judged by, without what was seen, and the measurements for this target.
func (t trial) input(a accused) (verdict.Input, map[string]runner.Measured) {
	measured, waits := runner.At(a.target.Times, t.suite.measured)
	return verdict.Input{
		Catalogue: t.suite.requirements, Specs: t.suite.specs, Needs: runner.Needs(measured), Waits: waits, Today: time.Now(),
		Target: verdict.Target{Claims: a.target.Claims, Access: a.target.Access()},
		Chosen: func(s catalogue.Spec) bool {
			return a.focus == nil || slices.ContainsFunc(a.focus, func(id string) bool { return slices.Contains(s.IDs, id) })
		},
	}, measured
}

// judge runs specs on a courier. faults are what is wrong with the report of the run, and
// broken is why the deployment did not start.
func (t trial) judge(ctx context.Context, a accused) (v verdict.Verdict, faults []string, broken string) {
	in, measured := t.input(a)
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
