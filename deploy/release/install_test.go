package release_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/kratos-whatsapp/kratos-whatsapp"
	newest = "v1.99.2"
)

// TestGoInstallShowsItsVersion: `go install .../whatsapp-courier@latest`, as README and guide
// have it, from a folder in place of the module proxy.
func TestGoInstallShowsItsVersion(t *testing.T) {
	t.Parallel()
	proxy, programs, folder := t.TempDir(), t.TempDir(), t.TempDir()
	versions := filepath.Join(proxy, module, "@v")
	require.NoError(t, os.MkdirAll(versions, 0o750))
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"list": newest + "\n", newest + ".info": `{"Version": "` + newest + `", "Time": "2026-01-01T00:00:00Z"}`, newest + ".mod": string(mod),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(versions, name), []byte(text), 0o600))
	}
	archive := []string{"archive", "--format=zip", "--prefix=" + module + "@" + newest + "/", "--output=" + filepath.Join(versions, newest+".zip"), "HEAD", "--", "."}
	// A module has no other module's files.
	for _, file := range strings.Fields(run(t, "../..", nil, "git", "ls-files", "*/go.mod")) {
		archive = append(archive, ":(exclude)"+filepath.Dir(file))
	}
	run(t, "../..", nil, "git", archive...)

	known := strings.TrimSpace(run(t, ".", nil, "go", "env", "GOMODCACHE"))
	// A cache of its own, so that this version is nowhere afterwards; other modules come from what is here.
	environment := []string{
		"GOPROXY=file://" + proxy + ",file://" + known + "/cache/download," + strings.TrimSpace(run(t, ".", nil, "go", "env", "GOPROXY")),
		"GOSUMDB=off", "GOMODCACHE=" + filepath.Join(folder, "modules"), "GOFLAGS=-trimpath -modcacherw", "CGO_ENABLED=0", "GOBIN=" + programs,
	}
	run(t, folder, environment, "go", "install", module+"/courier/cmd/whatsapp-courier@latest")
	require.Equal(t, newest+"\n", run(t, folder, nil, filepath.Join(programs, "whatsapp-courier"), "version"))
}

// TestNoModuleIsUnseen: `make vuln` looks at each module of the repository.
func TestNoModuleIsUnseen(t *testing.T) {
	t.Parallel()
	dry := run(t, "../..", nil, "make", "--dry-run", "vuln")
	for _, file := range strings.Fields(run(t, "../..", nil, "git", "ls-files", "*/go.mod")) {
		require.Regexp(t, `/vulncheck .* `+filepath.Dir(file)+`( |\n)`, dry)
	}
}

// run runs a program in a folder, and returns what it prints.
func run(t *testing.T, folder string, environment []string, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir, command.Env = folder, append(os.Environ(), environment...)
	out, err := command.Output()
	if failed := (&exec.ExitError{}); errors.As(err, &failed) {
		t.Fatalf("%s: %s\n%s", command, err, failed.Stderr)
	}
	require.NoError(t, err)
	return string(out)
}
