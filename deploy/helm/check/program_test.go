package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
)

const (
	repository = "../../.."
	courierBin = "COURIER_BIN"
)

// TestMain builds the real program, unless COURIER_BIN names it.
func TestMain(m *testing.M) {
	os.Exit(withCourier(m.Run))
}

func withCourier(run func() int) int {
	if os.Getenv(courierBin) != "" {
		return run()
	}
	folder, err := os.MkdirTemp("", "courier")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "whatsapp-courier")
	build := exec.Command("go", "build", "-C", repository, "-o", binary, "./courier/cmd/whatsapp-courier")
	build.Stderr = os.Stderr
	if err := errors.Join(build.Run(), os.Setenv(courierBin, binary)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// help is what the program says about a command.
func help(t *testing.T, command []string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), os.Getenv(courierBin), append(slices.Clone(command), "--help")...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "Usage:\n  whatsapp-courier "+strings.Join(command, " ")+" [flags]", "the command is unknown")
	return string(out)
}

// Each argument is a command or a flag that the program has, and names a file that the
// container has.
func TestArgumentsAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		o := installed(t, installation)
		for name, pod := range o.pods() {
			args := pod.Spec.Containers[0].Args
			words := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") })
			require.Positive(t, words, name)
			text, files := help(t, args[:words]), kubelet{t: t, objects: o, pod: pod.Spec}.files()
			for _, arg := range args[words:] {
				flag, value, _ := strings.Cut(arg, "=")
				require.Regexp(t, `(?m)^ .* `+flag+` `, text, name)
				require.Contains(t, files, value, name)
			}
		}
	}
}

// Each variable of the environment is a setting; those of the values env may be others'.
func TestVariablesAreSettings(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	text, err := os.ReadFile(filepath.Join(repository, "courier/app/config.schema.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	known := variables("", schema)
	require.Greater(t, len(known), 50)
	for _, installation := range installations(t) {
		others, _ := valuesOf(t, installation)["env"].(map[string]any)
		for name, pod := range installed(t, installation).pods() {
			for _, variable := range pod.Spec.Containers[0].Env {
				if _, other := others[variable.Name]; !other {
					require.Contains(t, known, variable.Name, name)
				}
			}
		}
	}
}

// variables are those of all settings in a schema.
func variables(path string, node map[string]any) []string {
	properties, _ := node["properties"].(map[string]any)
	if len(properties) == 0 {
		return []string{strings.ToUpper(path)}
	}
	var all []string
	for name, child := range properties {
		if child, ok := child.(map[string]any); ok {
			all = append(all, variables(strings.TrimPrefix(path+"_"+name, "_"), child)...)
		}
	}
	return all
}

// The ports are the program's own defaults, unless the values say otherwise, and those of
// the configuration in any case.
func TestPortsAreTheDefaults(t *testing.T) {
	t.Parallel()
	var schema struct {
		Properties struct {
			Serve struct {
				Properties map[string]struct {
					Properties struct {
						Port struct{ Default int32 }
					}
				}
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(repository, "courier/app/config.schema.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	for installation, want := range map[string][]core.ContainerPort{
		"sqlite": {
			{Name: "private", ContainerPort: schema.Properties.Serve.Properties["private"].Properties.Port.Default},
			{Name: "public", ContainerPort: schema.Properties.Serve.Properties["public"].Properties.Port.Default},
		},
		"snippets": {{Name: "private", ContainerPort: 8080}, {Name: "public", ContainerPort: 8081}},
	} {
		d := installed(t, installation).deployment()
		require.Equal(t, want, d.Spec.Template.Spec.Containers[0].Ports)
	}
}
