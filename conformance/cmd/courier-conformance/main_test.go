package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// TestMain lets the test's program be courier-conformance: a process can list the
// specs once only.
func TestMain(m *testing.M) {
	if os.Getenv("BE_COURIER_CONFORMANCE") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// outcome is what a call printed, and its exit status.
type outcome struct {
	out, err string
	status   int
	dir      string
}

// call runs the program in an empty folder without any other program.
func call(t *testing.T, args ...string) outcome {
	t.Helper()
	return callWith(t, []string{"PATH=/nowhere"}, args...)
}

// callWith runs the program in an empty folder with this environment.
func callWith(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"BE_COURIER_CONFORMANCE=1", "TMPDIR=" + cmd.Dir}, env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
		require.True(t, exit.Exited(), said.String())
	}
	require.NoError(t, err)
	return outcome{out.String(), said.String(), cmd.ProcessState.ExitCode(), cmd.Dir}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file.yml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// running is a target that runs already, where nothing listens.
const running = "target: 1\nname: n\nmessages: {url: 'http://127.0.0.1:1/m'}\nmock: {api: 'http://127.0.0.1:1', control: 'http://127.0.0.1:1'}\n"

// attachable is one whose Kratos runs already, too.
const attachable = running + "kratos: {public: 'http://127.0.0.1:1', admin: 'http://127.0.0.1:1'}\n"

// TestBadInputIsSaidAtOnce finds one message, and a report that says that nothing
// ran.
func TestBadInputIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args    []string
		status  int
		message string
	}{
		"a filter without a match":    {[]string{"--focus", "FBK-99"}, 2, `--focus "FBK-99" matches no ID and no name`},
		"filters that exclude":        {[]string{"--focus", "FBK-1", "--profile", "webhook"}, 2, "no spec is in all that was chosen (profile webhook; focus FBK-1)"},
		"a profile that is none":      {[]string{"--profile", "cor"}, 2, "--profile cor: there are core, fallback"},
		"a wait that is none":         {[]string{"--max-wait", "0s"}, 2, "--max-wait 0s: name a time"},
		"no shards":                   {[]string{"--jobs", "0"}, 2, "--jobs 0"},
		"a format that is none":       {[]string{"--format", "xml"}, 2, "--format xml: there are text and json"},
		"no file of known failures":   {[]string{"--expected", "none.yml"}, 2, "--expected: open none.yml"},
		"a wrong known failure":       {[]string{"--expected", write(t, "- {id: FBK-99}")}, 2, `id: "FBK-99" is no requirement`},
		"an unknown key":              {[]string{"--expected", write(t, "- {idd: FBK-1}")}, 2, "field idd not found"},
		"no target file":              {[]string{"--target", "none.yml"}, 2, "--target: open none.yml"},
		"an unknown key of a target":  {[]string{"--target", write(t, "target: 1\ntitel: x\n")}, 2, "field titel not found"},
		"no replicas":                 {[]string{"--replicas", "0"}, 2, "--replicas 0"},
		"replicas of a target":        {[]string{"--target", write(t, running), "--replicas", "2"}, 2, "they are of whatsapp-courier"},
		"a Kratos without a target":   {[]string{"--kratos-public", "http://127.0.0.1:1"}, 2, "name it with --target"},
		"half a Kratos":               {[]string{"--target", write(t, running), "--kratos-admin", "http://127.0.0.1:1"}, 2, "kratos.public: \"\" is no http URL"},
		"a target that does not run":  {[]string{"--target", write(t, running), "--kratos-admin", "http://127.0.0.1:1", "--kratos-public", "http://127.0.0.1:1"}, 3, "mock.control: there is no mockmeta"},
		"a tap that is no address":    {[]string{"--target", write(t, attachable), "--tap", "4479"}, 2, `tap: "4479" is no address`},
		"a tap without a Kratos":      {[]string{"--target", write(t, running), "--tap", "127.0.0.1:4479"}, 2, "tap: the suite starts Kratos"},
		"a tap of ours":               {[]string{"--tap", "127.0.0.1:4479"}, 2, "--tap: the suite starts Kratos for this target"},
		"a tap that cannot listen":    {[]string{"--target", write(t, attachable), "--tap", "192.0.2.1:4479"}, 3, "tap: the tap cannot listen"},
		"a sample that is elsewhere":  {[]string{"--target", "ory-express"}, 2, "--target ory-express: name the folder of the program by --target-dir or ORY_EXPRESS_DIR; it is not part of this suite: https://github.com/ory/integrates/"},
		"a folder that is none":       {[]string{"--target", "ory-express", "--target-dir", "none"}, 2, "--target-dir: none is no folder"},
		"a folder that nothing needs": {[]string{"--target", write(t, patient), "--target-dir", "."}, 2, "has no {{.TargetDir}}"},
		"a folder of ours":            {[]string{"--target-dir", "."}, 2, "they are of a courier of yours"},
		"programs that are not there": {nil, 3, "there is no kratos beside this program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, append([]string{"run", "--out", "reports"}, c.args...)...)
			require.Equal(t, c.status, got.status, "%s%s", got.out, got.err)
			require.Contains(t, got.out, c.message)
			var said struct {
				Identity struct {
					Target string `json:"target"`
				} `json:"identity"`
				Outcome string   `json:"outcome"`
				Exit    int      `json:"exit"`
				Reasons []string `json:"reasons"`
				Specs   []struct {
					Outcome string `json:"outcome"`
				} `json:"specs"`
			}
			raw, err := os.ReadFile(filepath.Join(got.dir, "reports", "report.json"))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(raw, &said))
			require.Equal(t, "did not run", said.Outcome)
			require.Equal(t, slices.Contains(c.args, "--target"), said.Identity.Target != "whatsapp-courier", "it is not said of ours")
			require.Equal(t, c.status, said.Exit)
			require.Contains(t, said.Reasons[0], c.message)
			require.Greater(t, len(said.Specs), 200, "the report has the whole catalogue")
			for _, file := range []string{"report.html", "report.yaml", "junit.xml", "badge.svg"} {
				raw, err := os.ReadFile(filepath.Join(got.dir, "reports", file))
				require.NoError(t, err)
				require.Regexp(t, "(?i)did not run", string(raw), file)
			}
		})
	}
}

func TestFlagsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"run", "--no-such-flag"}, {"run", "word"}, {"run", "--slow", "--max-wait", "1m"}, {"no-such-command"}, {"badge"}, {"badge", "none.json"}, {"badge", write(t, "{}")}} {
		got := call(t, args...)
		require.Equal(t, 2, got.status, args)
		require.Contains(t, got.err, "courier-conformance: ", args)
		require.Empty(t, got.out, args)
	}
}

func TestTheListIsForProgramsToo(t *testing.T) {
	t.Parallel()
	got := call(t, "run", "--list", "--format", "json", "--focus", "FBK-9")
	require.Zero(t, got.status, got.err)
	var all []shown
	require.NoError(t, json.Unmarshal([]byte(got.out), &all))
	require.NotEmpty(t, all)
	for _, spec := range all {
		require.Contains(t, spec.IDs, "FBK-9")
		require.Equal(t, "channels.go", spec.File)
		require.NotZero(t, spec.Line)
		require.Equal(t, []string{"kratos"}, spec.Needs)
		require.Empty(t, spec.Fate)
	}
	require.NoFileExists(t, filepath.Join(got.dir, "conformance-report", "report.html"))
}

func TestADryRunSaysWhatWouldRun(t *testing.T) {
	t.Parallel()
	got := call(t, "run", "--dry-run", "--quick")
	require.Zero(t, got.status, got.err)
	require.Regexp(t, `\n[0-9]+ specs of [0-9]+: [0-9]+ would run, for [0-9]+ s one after the other, and 0 not\n$`, got.out)
}

func TestAListThatCannotBeMade(t *testing.T) {
	t.Parallel()
	got := call(t, "run", "--list", "--focus", "FBK-99")
	require.Equal(t, 2, got.status)
	require.Contains(t, got.err, "matches no ID")
}

func TestHelpSaysWhatTheStatusMeans(t *testing.T) {
	t.Parallel()
	got := call(t, "run", "--help")
	require.Zero(t, got.status)
	require.Contains(t, got.out, "5  partial")
	require.NotContains(t, got.out, "shard  ", "how it calls itself is nobody's business")
	require.Zero(t, call(t, "version").status)
}

func TestADryRunOfAForeignTarget(t *testing.T) {
	t.Parallel()
	got := call(t, "run", "--target", write(t, running), "--dry-run", "--format", "json")
	require.Zero(t, got.status, got.err)
	var all []shown
	require.NoError(t, json.Unmarshal([]byte(got.out), &all))
	fates := map[string]int{}
	for _, spec := range all {
		fates[spec.Fate]++
		require.Equal(t, spec.Fate != "run", spec.Why != "", spec.Name)
	}
	for _, fate := range []string{"run", "skipped", "not applicable"} {
		require.NotZero(t, fates[fate], fate)
	}
}

func TestInitWritesATargetThatCanBeRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mine.yml")
	require.Zero(t, call(t, "init", file).status)
	got := call(t, "run", "--target", file, "--dry-run", "--focus", "EXP-1")
	require.Zero(t, got.status, got.err)
	again := call(t, "init", file)
	require.Equal(t, 2, again.status)
	require.Contains(t, again.err, "is there already")
	require.FileExists(t, filepath.Join(call(t, "init").dir, "target.yml"))
}

// asked calls init with these answers, a line each.
func asked(t *testing.T, answers string) (file, out string, err error) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "mine.yml")
	cmd, printed := newInitCommand(), &bytes.Buffer{}
	cmd.SetArgs([]string{file, "--ask"})
	cmd.SetIn(strings.NewReader(answers))
	cmd.SetOut(printed)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.Execute()
	return file, printed.String(), err
}

func TestInitAsks(t *testing.T) {
	t.Parallel()
	file, out, err := asked(t, "ours: the courier\npython3 serve.py\n/whatsapp/send\nX-Secret\n/events\n/hook\nwebhook, events\n")
	require.NoError(t, err)
	require.Contains(t, out, "fallback        it sends the code by SMS")
	got, err := target.Load(file, []string{"webhook", "events"})
	require.NoError(t, err)
	require.Equal(t, "ours: the courier", got.Name)
	require.Equal(t, []string{"python3", "serve.py"}, got.Start.Command)
	require.Equal(t, target.Endpoint{URL: "http://127.0.0.1:{{.Port}}/whatsapp/send", Header: "X-Secret", Value: "{{.Key}}"}, got.Messages)
	require.Equal(t, target.Endpoint{URL: "http://127.0.0.1:{{.Port}}/events", Header: "X-Secret", Value: "{{.Key}}"}, *got.Events)
	require.Equal(t, "http://127.0.0.1:{{.PublicPort}}/hook", got.Webhook)
	require.Equal(t, []string{"webhook", "events"}, got.Claims)

	file, _, err = asked(t, "\n\n\n\n\n\n\n")
	require.NoError(t, err)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, target.Example, string(raw), "without an answer it is the example")

	file, _, err = asked(t, "\n\n\n\n\n\nfaallback\n")
	require.ErrorContains(t, err, `there is no "faallback"`)
	require.NoFileExists(t, file)
	file, _, err = asked(t, "half\n")
	require.ErrorContains(t, err, "were not answered")
	require.NoFileExists(t, file)
}

func TestTheBadgeOfAReport(t *testing.T) {
	t.Parallel()
	got := call(t, "badge", write(t, `{"outcome":"pass","profiles":[{"name":"core","outcome":"pass"}]}`))
	require.Zero(t, got.status, got.err)
	require.Contains(t, got.out, ">core pass</text>")
}

func TestASelftestThatCannotBegin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args    []string
		status  int
		message string
	}{
		"a fault that is none":        {[]string{"--fault", "none"}, 2, "--fault none: there are to-without-plus"},
		"no couriers":                 {[]string{"--jobs", "0"}, 2, "--jobs 0"},
		"programs that are not there": {nil, 3, "there is no selftest-courier beside this program, in bin/ or in PATH: set SELFTEST_COURIER_BIN"},
	} {
		got := call(t, append([]string{"selftest"}, c.args...)...)
		require.Equal(t, c.status, got.status, name)
		require.Contains(t, got.err, c.message, name)
		require.Empty(t, got.out, name)
	}
}

// patient is a target that is started, claims what it waits for and states its times.
const patient = `target: 1
name: n
start: {command: [node]}
messages: {url: 'http://127.0.0.1:{{.Port}}/m'}
webhook: http://127.0.0.1:{{.PublicPort}}/w
times: {fallback_after: 30s, fallback_overall: 60s, limit_window: 10m}
claims: [fallback, webhook, limit.number]
`

// fatesOf is what a dry run says of each spec of a requirement, and why.
func fatesOf(t *testing.T, id string, args ...string) map[string]string {
	t.Helper()
	got := call(t, append([]string{"run", "--target", write(t, patient), "--dry-run", "--format", "json", "--focus", id}, args...)...)
	require.Zero(t, got.status, got.err)
	var all []shown
	require.NoError(t, json.Unmarshal([]byte(got.out), &all))
	require.NotEmpty(t, all)
	fates := map[string]string{}
	for _, spec := range all {
		fates[spec.Name] = spec.Fate + spec.Why
	}
	return fates
}

func TestLongWaitsAreLeftOut(t *testing.T) {
	t.Parallel()
	const window, overall = "the limit of a number slides, so that codes are sent again after its window", "SMS steps in when the phone does not confirm the delivery"
	require.Equal(t, map[string]string{window: "skippedit would wait 10m0s for the target: --slow, or --max-wait 10m0s"}, fatesOf(t, "RATE-3"))
	require.Equal(t, "skippedit would wait 1m0s for the target: --slow, or --max-wait 1m0s", fatesOf(t, "FBK-3")[overall])
	require.Equal(t, "run", fatesOf(t, "FBK-3", "--max-wait", "60s")[overall])
	require.NotEqual(t, "run", fatesOf(t, "RATE-3", "--max-wait", "60s")[window])
	require.Equal(t, "run", fatesOf(t, "RATE-3", "--slow")[window])
	for name, fate := range fatesOf(t, "RTY-6") {
		require.Equal(t, "run", fate, "%s waits for no SMS", name)
	}
}

// TestTheReadmeHasEveryFlag compares the table of the flags with the program.
func TestTheReadmeHasEveryFlag(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	written := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`--.+`) \\|").FindAllStringSubmatch(string(readme), -1) {
		for _, flag := range regexp.MustCompile("`--([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			written[flag[1]] = true
		}
	}
	there := map[string]bool{}
	newRunCommand().Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			there[f.Name] = true
		}
	})
	require.Equal(t, there, written)
}
