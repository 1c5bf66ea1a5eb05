package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	f.BoolVar(&t.emptied, "emptied", false, "let the specs that a fault has to fail do nothing: then each fault has to be judged wrongly")
	f.IntVar(&t.jobs, "jobs", usualJobs(), "how many shards run at the same time")
	f.Int64Var(&t.seed, "seed", 1, "the order of the specs, and chance in them")
	return cmd
}

// trial is the suite being tried.
type trial struct {
	fault   string
	emptied bool
	jobs    int
	seed    int64

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
	if t.fault == "" && !t.emptied {
		wrong, broken := t.right(ctx, out)
		if broken != "" {
			return environment(fmt.Errorf("the deployment did not start: %s", broken))
		}
		failed += wrong
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
