package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/verdict"
)

// hangsAfter is after how long without a word a shard counts as hanging. No spec
// takes half as long.
const hangsAfter = 3 * time.Minute

// usualWait is how long a spec waits for a time that the target file states: some people
// wait for a report.
const usualWait = 35 * time.Second

// options are the flags of run.
type options struct {
	choice
	targetChoice
	kratos       target.Kratos
	tap          string
	kratosDSN    string
	store        courierStore
	list, dryRun bool
	format       string
	jobs         int
	out          string
	withoutLogs  bool
	expected     string
	measure      string
	strict       bool
	slow         bool
	maxWait      time.Duration
	seed         int64
}

func newRunCommand() *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the specs and write reports",
		Long: `Run the specs and write reports.

It starts the programs kratos, mockmeta and whatsapp-courier, as far as the target
does not say that they run already: named by KRATOS_BIN, MOCKMETA_BIN and
COURIER_BIN, else beside this program, else in bin/ of the working directory, else
in PATH.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.target, "target", ours, "what is judged: ours, "+strings.Join(target.Builtin(), ", ")+", or a target file (see init)")
	f.StringVar(&o.targetDir, "target-dir", "", "the folder that {{.TargetDir}} stands for (default: that of the target file)")
	f.StringVar(&o.targetVersion, "target-version", "", "what reports say of its version, in place of the target file")
	f.StringVar(&o.kratosDSN, "kratos-dsn", "", "a PostgreSQL, postgres://..., in which each Kratos that is started gets a database; the role creates and drops them. new starts one from this machine's package (default: SQLite)")
	f.StringVar(&o.store.dsn, "courier-dsn", "", "a PostgreSQL, postgres://..., in which each whatsapp-courier that is started gets a schema; the role creates and drops databases (default: SQLite, or one of its own with --replicas)")
	f.IntVar(&o.store.replicas, "replicas", 1, "how many replicas whatsapp-courier has, behind a round robin; with more than one and no --courier-dsn, a PostgreSQL is started from this machine's package")
	f.StringVar(&o.kratos.Public, "kratos-public", "", "the public URL of a Kratos that runs already and posts to the target, in place of the file's")
	f.StringVar(&o.kratos.Admin, "kratos-admin", "", "its admin URL")
	f.StringVar(&o.tap, "tap", "", "where the suite listens, host:port, for a Kratos that runs already and posts there, to pass on to the target what that posts; without, specs are skipped that have to stand between")
	f.StringSliceVar(&o.profiles, "profile", nil, "only what belongs to these profiles, such as core,fallback")
	f.StringArrayVar(&o.focus, "focus", nil, "only specs with this ID, or with this in their name; may be repeated")
	f.BoolVar(&o.quick, "quick", false, "only the shortest spec of each requirement, where it takes less than a second")
	f.BoolVar(&o.list, "list", false, "show the specs that are chosen, and run none")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would become of each spec that is chosen, and run none")
	f.StringVar(&o.format, "format", "text", "how --list and --dry-run show it: text or json")
	f.IntVar(&o.jobs, "jobs", usualJobs(), "how many shards run at the same time")
	f.StringVar(&o.out, "out", "conformance-report", "the folder for the reports")
	f.BoolVar(&o.withoutLogs, "without-logs", false, "leave out of the reports what the target, mock and Kratos logged")
	f.StringVar(&o.expected, "expected", "", "a YAML file of failures that are known")
	f.BoolVar(&o.strict, "strict", false, "count a should like a must")
	f.BoolVar(&o.slow, "slow", false, "wait as long as the times take that the target file states")
	f.DurationVar(&o.maxWait, "max-wait", usualWait, "skip specs that would wait longer than that for one of these times")
	cmd.MarkFlagsMutuallyExclusive("slow", "max-wait")
	f.Int64Var(&o.seed, "seed", 0, "the order of the specs, and chance in them (default: another one each time)")
	f.StringVar(&o.measure, "measure", "", "write what the specs took and needed to this file, by which runs are planned")
	_ = f.MarkHidden("measure") // For those who work on the suite.
	return cmd
}

// usualJobs is how many shards run at the same time: specs wait most of their time.
func usualJobs() int { return min(12, 4*runtime.NumCPU()) }

// suite is what is known before a run.
type suite struct {
	requirements catalogue.Catalogue
	specs        []catalogue.Spec
	measured     map[string]runner.Measured
}

func loadSuite() (suite, error) {
	requirements, err := catalogue.Parse(conformance.Requirements)
	if err != nil {
		return suite{}, err
	}
	specs.Register(specs.Options{})
	measured, err := runner.ReadMeasured()
	return suite{requirements, specs.List(), measured}, err
}

func (o options) run(ctx context.Context, out io.Writer) error {
	s, err := loadSuite()
	if err != nil {
		return fmt.Errorf("the suite's own files: %w", err)
	}
	if o.seed == 0 {
		o.seed = rand.Int64N(1_000_000) // #nosec G404 -- an order of specs is no secret.
	}
	started := time.Now().Truncate(time.Second)
	in := verdict.Input{
		Catalogue: s.requirements, Specs: s.specs, Needs: runner.Needs(s.measured),
		Today: started, Strict: o.strict, MaxWait: o.longestWait(),
	}
	identity := report.Identity{
		Target: "whatsapp-courier", Suite: suiteVersion(), Scope: o.scope(), Strict: o.strict,
		Seed: o.seed, Started: started, Command: o.command(),
	}
	other, problem := o.prepare(&s, &in)
	if o.target != ours {
		identity.Target = filepath.Base(o.target) // A file that cannot be read says no name.
	}
	if other != nil {
		identity.Target, identity.TargetVersion, identity.TargetURL = other.Name, other.Revision, other.URL
	}
	if problem == nil && (o.list || o.dryRun) {
		return o.show(out, s, in)
	}
	var result runner.Result
	if problem == nil {
		problem = o.execute(ctx, out, s, in, other, &identity, &result)
	}
	if problem != nil && (o.list || o.dryRun) {
		return fmt.Errorf("%s", problem.Message)
	}
	in.Seen, in.Faults, in.Problem = result.Seen, result.Faults, problem
	identity.Seconds = float64(time.Since(started).Milliseconds()/10) / 100
	identity.Claims, identity.Access, identity.Shards = in.Target.Claims, in.Target.Access, result.Shards
	v := verdict.Judge(in)
	if other != nil && other.Dir != "" {
		// Where it lies on this machine is for no report.
		result.Secrets = append(result.Secrets, report.Secret{Kind: "folder", Value: other.Dir})
	}
	if o.withoutLogs {
		result.Details = report.WithoutNotes(result.Details)
	}
	redactor := report.NewRedactor(result.Secrets)
	files, err := report.Write(o.out, report.Data{Identity: identity, Verdict: v, Details: result.Details}, redactor)
	if err != nil {
		fmt.Fprintln(os.Stderr, "courier-conformance:", err)
		return exit(verdict.ExitUsage)
	}
	_, err = out.Write(redactor.Redact([]byte(summary(v, identity, files))))
	if err != nil {
		return err
	}
	if o.measure != "" {
		if err := runner.WriteMeasured(o.measure, s.requirements.Access, s.measured, s.specs, result); err != nil {
			return err
		}
	}
	if v.Exit != verdict.ExitPass {
		return exit(v.Exit)
	}
	return nil
}

// prepare reads the flags and files. What it finds costs no time. The target is
// nil for the courier of this repository.
func (o options) prepare(s *suite, in *verdict.Input) (*target.Target, *verdict.Problem) {
	other, err := o.readTarget(*s, in)
	if err == nil {
		if other != nil {
			s.measured, in.Waits = runner.At(other.Times, s.measured)
		}
		err = o.readFilters(*s, in)
	}
	if err != nil {
		return other, &verdict.Problem{Exit: verdict.ExitUsage, Message: err.Error()}
	}
	return other, nil
}

// readTarget says what is judged, and what it claims and offers.
func (o options) readTarget(s suite, in *verdict.Input) (*target.Target, error) {
	in.Target.Claims = claims(s.requirements)
	if o.target == ours {
		if o.kratos != (target.Kratos{}) {
			return nil, errors.New("--kratos-public, --kratos-admin: that Kratos posts to a courier of yours; name it with --target")
		}
		if o.targetDir != "" || o.targetVersion != "" {
			return nil, errors.New("--target-dir, --target-version: they are of a courier of yours; name it with --target")
		}
		if o.tap != "" {
			return nil, errors.New("--tap: the suite starts Kratos for this target, and stands between by itself")
		}
		if o.store.replicas < 1 {
			return nil, fmt.Errorf("--replicas %d: at least one has to run", o.store.replicas)
		}
		in.Target.Access = o.store.access(s.requirements.Access)
		return nil, nil
	}
	if o.store != (courierStore{replicas: 1}) {
		return nil, errors.New("--courier-dsn, --replicas: they are of whatsapp-courier; a target of yours is started as its file says")
	}
	t, err := o.load(in.Target.Claims)
	if err != nil {
		return nil, err
	}
	if o.kratos != (target.Kratos{}) {
		t.Kratos = &o.kratos
		if err := t.Check(in.Target.Claims); err != nil {
			return nil, fmt.Errorf("--kratos-public, --kratos-admin: both are needed\n%w", err)
		}
	}
	if o.tap != "" {
		t.Tap = o.tap
		if err := t.Check(in.Target.Claims); err != nil {
			return nil, fmt.Errorf("--tap:\n%w", err)
		}
	}
	in.Target = verdict.Target{Claims: t.Claims, Access: t.Access(), Hints: hints(t)}
	return t, nil
}

// hints say how a target could offer more.
func hints(t *target.Target) map[string]string {
	if t.Kratos == nil || t.Tap != "" {
		return nil
	}
	return map[string]string{"tap": "Kratos posts to the target; with --tap it posts to the suite, which passes it on"}
}

// readFilters says which specs are chosen, and which failures are known.
func (o options) readFilters(s suite, in *verdict.Input) error {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("--format %s: there are text and json", o.format)
	}
	if o.jobs < 1 {
		return fmt.Errorf("--jobs %d: at least one shard has to run", o.jobs)
	}
	if o.maxWait <= 0 {
		return fmt.Errorf("--max-wait %s: name a time such as 35s", o.maxWait)
	}
	chosen, err := o.of(s.requirements, s.specs, s.measured)
	if err != nil {
		return err
	}
	in.Chosen = func(spec catalogue.Spec) bool { return chosen[spec.Name] }
	if o.expected == "" {
		return nil
	}
	raw, err := os.ReadFile(o.expected)
	if err != nil {
		return fmt.Errorf("--expected: %w", err)
	}
	if in.Expected, err = verdict.ReadExpected(raw, s.requirements, s.specs); err != nil {
		return fmt.Errorf("--expected %s: %w", o.expected, err)
	}
	return nil
}

// execute runs what is not foreseen.
func (o options) execute(ctx context.Context, out io.Writer, s suite, in verdict.Input, other *target.Target, identity *report.Identity, result *runner.Result) *verdict.Problem {
	environment := func(format string, args ...any) *verdict.Problem {
		return &verdict.Problem{Exit: verdict.ExitEnvironment, Message: fmt.Sprintf(format, args...)}
	}
	dir, err := os.MkdirTemp("", "courier-conformance-")
	if err != nil {
		return environment("a folder for the run: %v", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // What is left is in a folder for temporary things.
	parts, err := findParts(ctx, dir, o.kratosDSN, other)
	if err != nil {
		return environment("%v", err)
	}
	if parts.drop != nil {
		defer warn(parts.drop)
	}
	if other == nil {
		env, drop, err := o.store.make(ctx)
		if err != nil {
			return environment("--courier-dsn, --replicas: %v", err)
		}
		defer warn(drop)
		parts.env = append(parts.env, env...)
		parts.courierVersion += o.store.String()
	}
	identity.Kratos = parts.kratosVersion
	if other == nil {
		identity.TargetVersion = parts.courierVersion
	} else if other.Shared() {
		o.jobs = 1
	}
	self, err := os.Executable()
	if err != nil {
		return environment("this program does not know where it is: %v", err)
	}
	*result = runner.Run(ctx, runner.Options{
		Program: self, Args: []string{"shard"}, Env: parts.env, Specs: in.ToRun(), Measured: s.measured,
		Target: other, MaxWait: in.MaxWait, Shards: o.jobs, Seed: o.seed, Quiet: hangsAfter + longest(in),
		Progress: runner.NewProgress(out, isTerminal(out), time.Now),
	})
	if result.Broken != "" {
		return environment("the deployment did not start: %s", result.Broken)
	}
	return nil
}

// longestWait is how long a spec may wait for a time that the target states; 0 is as long
// as that takes.
func (o options) longestWait() time.Duration {
	if o.slow {
		return 0
	}
	return o.maxWait
}

// longest is how long a spec that runs waits at most for a time that the target states.
func longest(in verdict.Input) time.Duration {
	var longest time.Duration
	for _, spec := range in.ToRun() {
		longest = max(longest, in.Waits[spec.Name])
	}
	return longest
}

// warn says what was left behind.
func warn(drop func() error) {
	if err := drop(); err != nil {
		fmt.Fprintln(os.Stderr, "courier-conformance:", err)
	}
}

// claims are all that there are: the courier of this repository makes them all.
func claims(c catalogue.Catalogue) []string {
	all := make([]string, len(c.Claims))
	for i, w := range c.Claims {
		all[i] = w.Name
	}
	return all
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
