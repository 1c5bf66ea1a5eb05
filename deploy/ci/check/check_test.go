package check

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

const (
	repository = "../../.."
	actionFile = repository + "/.github/actions/conformance/action.yml"
	gitlabFile = "../gitlab.yml"
)

// action is a composite action, as far as GitHub knows its keys.
type action struct {
	Name, Description string
	Inputs            map[string]struct {
		Description string
		Required    bool
		Default     *string
	}
	Runs struct {
		Using string
		Steps []struct {
			ID, If, Uses, Shell, Run string
			With, Env                map[string]string
		}
	}
}

// gitlab is a file of jobs, as far as GitLab knows their keys.
type gitlab map[string]struct {
	Stage, Image string
	Variables    map[string]string
	Cache        struct {
		Key   string
		Paths []string
	}
	Script    []string
	Artifacts struct {
		When    string
		Paths   []string
		Reports struct{ JUnit string }
	}
}

// read decodes a file in which no key may be unknown.
func read[T any](t *testing.T, file string) (content T) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&content))
	return content
}

// actionlint knows GitHub's words, the contexts in which each expression may stand, and the
// inputs of actions, of ours too.
func TestWorkflowsHaveNoFaults(t *testing.T) {
	t.Parallel()
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	require.NoError(t, err)
	root, err := filepath.Abs(repository)
	require.NoError(t, err)
	project, err := actionlint.NewProject(root)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	faults, err := linter.LintFiles(files, project)
	require.NoError(t, err)
	for _, fault := range faults {
		t.Error(fault)
	}
}

// Each input of the action is used, and none is used that is not there.
func TestInputsOfTheAction(t *testing.T) {
	t.Parallel()
	a := read[action](t, actionFile)
	require.Equal(t, "composite", a.Runs.Using)
	used := make(map[string]bool)
	for _, step := range a.Runs.Steps {
		require.NotContains(t, step.Run, "${{", "what people write must not become a script")
		require.Equal(t, step.Run != "", step.Shell != "")
		for _, values := range []map[string]string{step.With, step.Env} {
			for _, value := range values {
				for _, match := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(value, -1) {
					require.Contains(t, a.Inputs, match[1])
					used[match[1]] = true
				}
			}
		}
	}
	for name, input := range a.Inputs {
		require.True(t, used[name], "%s is not used", name)
		require.NotEmpty(t, input.Description)
		require.Equal(t, input.Required, input.Default == nil, name)
	}
}

// Each flag is one that courier-conformance has.
func TestFlagsAreTheSuitesOwn(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "courier-conformance")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-C", repository, "-o", program, "./conformance/cmd/courier-conformance").CombinedOutput()
	require.NoError(t, err, "%s", out)
	help, err := exec.CommandContext(t.Context(), program, "run", "--help").CombinedOutput()
	require.NoError(t, err)
	of := map[string]string{}
	for _, step := range read[action](t, actionFile).Runs.Steps {
		of[actionFile] += step.Run
	}
	for _, line := range read[gitlab](t, gitlabFile)["courier-conformance"].Script {
		if strings.Contains(line, "conformance.sh run") {
			of[gitlabFile] += line
		}
	}
	script, err := os.ReadFile("../conformance.sh")
	require.NoError(t, err)
	of["conformance.sh"] = string(script)
	for file, text := range of {
		flags := regexp.MustCompile(`[ ("]--[a-z-]+`).FindAllString(text, -1)
		require.NotEmpty(t, flags, file)
		for _, flag := range flags {
			require.Regexp(t, `(?m)^ .*`+flag[1:]+` `, string(help), file)
		}
	}
}

// step runs a script as CI does, and returns what it prints.
func step(t *testing.T, folder string, environment map[string]string, script string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	run := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", script)
	run.Dir, run.Stdout, run.Stderr = folder, &stdout, &stderr
	run.Env = os.Environ()
	for name, value := range environment {
		run.Env = append(run.Env, name+"="+value)
	}
	require.NoError(t, run.Run(), "%s", &stderr)
	return stdout.String()
}

// kratos is a program by which none has to be built; nothing here starts it.
func kratos(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return self
}

func TestActionRunsTheSuite(t *testing.T) {
	t.Parallel()
	a := read[action](t, actionFile)
	root := clone(t)
	folder, output := t.TempDir(), filepath.Join(t.TempDir(), "output")
	first, last := a.Runs.Steps[0], a.Runs.Steps[len(a.Runs.Steps)-2]
	step(t, folder, map[string]string{"GITHUB_ACTION_PATH": filepath.Join(root, ".github/actions/conformance"), "GITHUB_OUTPUT": output}, first.Run)
	text, err := os.ReadFile(output)
	require.NoError(t, err)
	require.Regexp(t, `^root=`+regexp.QuoteMeta(root)+`\nkratos=[0-9a-f]{16}\n$`, string(text))

	environment := map[string]string{"ROOT": root, "KRATOS_BIN": kratos(t)}
	for name := range last.Env {
		if _, known := environment[name]; !known {
			environment[name] = ""
		}
	}
	environment["TARGET"], environment["OUT"], environment["PROFILE"], environment["ARGS"] = "ours", "report", "fallback", "--list --format json"
	require.Contains(t, step(t, folder, environment, last.Run), `"FBK-`)
}

func TestGitLabRunsTheSuite(t *testing.T) {
	t.Parallel()
	job := read[gitlab](t, gitlabFile)["courier-conformance"]
	environment := job.Variables
	environment["COURIER_REPOSITORY"], environment["COURIER_REF"] = "file://"+clone(t), "HEAD"
	environment["CONFORMANCE_TARGET"], environment["CONFORMANCE_ARGS"], environment["KRATOS_BIN"] = "ours", "--list --format json", kratos(t)
	require.Contains(t, step(t, t.TempDir(), environment, strings.Join(job.Script, "\n")), `"FBK-`)
	require.Equal(t, job.Artifacts.Paths[0]+"junit.xml", job.Artifacts.Reports.JUnit)
}

// clone is this repository as it is committed.
func clone(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "clone")
	step(t, repository, map[string]string{"TO": folder}, `git clone --quiet --depth 1 "file://$PWD" "$TO"`)
	return folder
}
