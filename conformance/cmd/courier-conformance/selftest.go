package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/selftest"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

func newSelftestCommand() *cobra.Command {
	t := trial{}
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Try the suite itself, on a courier that does one thing wrong at a time",
		Long: `Try the suite itself, on a courier that does one thing wrong at a time.

Without a fault nothing may fail; with a fault exactly the requirements have to
fail that it is about. It starts the programs kratos, mockmeta and
selftest-courier: named by KRATOS_BIN, MOCKMETA_BIN and SELFTEST_COURIER_BIN, else
beside this program, else in bin/ of the working directory, else in PATH.

Exit status:
  0  the suite judges each fault rightly
  1  it misses a fault, or blames it for what the courier keeps
  2  a flag is wrong
  3  a program is not there, or does not start`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return t.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&t.fault, "fault", "", "only this fault (default: no fault, and then each)")
	f.IntVar(&t.jobs, "jobs", runtime.NumCPU(), "how many couriers are judged at the same time")
	f.Int64Var(&t.seed, "seed", 1, "the order of the specs, and chance in them")
	return cmd
}

// trial is the suite being tried.
type trial struct {
	fault string
	jobs  int
	seed  int64

	suite   suite
	self    string
	courier string
	env     []string
}

func (t trial) run(ctx context.Context, out io.Writer) (err error) {
	rows, err := t.rows()
	if err != nil {
		return err
	}
	if t.suite, err = loadSuite(); err != nil {
		return fmt.Errorf("the suite's own files: %w", err)
	}
	dir, err := os.MkdirTemp("", "courier-conformance-")
	if err != nil {
		return environment(err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // What is left is in a folder for temporary things.
	if err := t.find(ctx, dir); err != nil {
		return environment(err)
	}
	started := time.Now()
	failed := 0
	if t.fault == "" {
		v, faults, broken := t.judge(ctx, "", nil)
		if broken != "" {
			return environment(fmt.Errorf("the deployment did not start: %s", broken))
		}
		failed += tell(out, "no fault", "everything passes that can be looked at ("+counts(v)+")", append(selftest.CompareRight(v), faults...))
	}
	failed += t.try(ctx, out, rows)
	fmt.Fprintf(out, "\n%d faults tried in %.0f s\n", len(rows), time.Since(started).Seconds())
	if failed > 0 {
		fmt.Fprintf(out, "%d are not judged as they have to be\n", failed)
		return exit(verdict.ExitFail)
	}
	return nil
}

// environment says what is not there.
func environment(err error) error {
	fmt.Fprintln(os.Stderr, "courier-conformance:", err)
	return exit(verdict.ExitEnvironment)
}

// rows are the faults that the flags choose.
func (t trial) rows() ([]selftest.Row, error) {
	if t.jobs < 1 {
		return nil, fmt.Errorf("--jobs %d: at least one courier has to be judged", t.jobs)
	}
	rows := selftest.Rows()
	if t.fault == "" {
		return rows, nil
	}
	var names []string
	for _, row := range rows {
		if row.Fault == t.fault {
			return []selftest.Row{row}, nil
		}
		names = append(names, row.Fault)
	}
	return nil, fmt.Errorf("--fault %s: there are %s", t.fault, strings.Join(names, ", "))
}

// find finds the programs, and prepares what all runs share.
func (t *trial) find(ctx context.Context, dir string) (err error) {
	if t.self, err = os.Executable(); err != nil {
		return fmt.Errorf("this program does not know where it is: %w", err)
	}
	t.courier, err = findProgram("SELFTEST_COURIER_BIN", "selftest-courier")
	p, missing := findParts(ctx, dir, "", selftest.Target(t.courier, ""))
	t.env = p.env
	return errors.Join(err, missing)
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
			v, faults, broken := t.judge(ctx, row.Fault, row.Focus())
			wrong := append(row.Compare(v), faults...)
			if broken != "" {
				wrong = []string{"the deployment did not start: " + broken}
			}
			mu.Lock()
			defer mu.Unlock()
			failed += tell(out, row.Fault, "fails "+strings.Join(row.Fails, ", ")+" and nothing else", wrong)
		})
	}
	all.Wait()
	return failed
}

// judge runs the specs of a focus on the courier with a fault; no focus is
// everything. faults are what is wrong with the report of the run, and broken is
// why the deployment did not start.
func (t trial) judge(ctx context.Context, fault string, focus []string) (v verdict.Verdict, faults []string, broken string) {
	courier := selftest.Target(t.courier, fault)
	in := verdict.Input{
		Catalogue: t.suite.requirements, Specs: t.suite.specs, Needs: runner.Needs(t.suite.measured), Today: time.Now(),
		Target: verdict.Target{Claims: courier.Claims, Access: courier.Access()},
		Chosen: func(s catalogue.Spec) bool {
			return focus == nil || slices.ContainsFunc(focus, func(id string) bool { return slices.Contains(s.IDs, id) })
		},
	}
	shards := 1
	if focus == nil {
		shards = t.jobs
	}
	result := runner.Run(ctx, runner.Options{
		Program: t.self, Args: []string{"shard"}, Env: t.env, Specs: in.ToRun(), Measured: t.suite.measured,
		Target: courier, Shards: shards, Seed: t.seed, Quiet: hangsAfter,
	})
	in.Seen, in.Faults = result.Seen, result.Faults
	v = verdict.Judge(in)
	data := report.Data{Identity: report.Identity{Target: courier.Name, Seed: t.seed}, Verdict: v, Details: result.Details}
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
