package compose_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

// healthyWithin is how long a service may take until its health check succeeds.
const healthyWithin = 2 * time.Minute

// stack is the compose file at work, with processes for containers.
type stack struct {
	*project
	t       *testing.T
	folder  string
	address map[string]string
	started map[string]bool
	paths   map[string]map[string]string // of mounts, by service
	logs    map[string]*logFile
}

// up does what `docker compose up` does: it starts each service once those that it
// depends on are as it wants them.
func up(t *testing.T) *stack {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 as loopback addresses")
	}
	s := &stack{
		project: read(t), t: t, folder: t.TempDir(), address: make(map[string]string),
		started: make(map[string]bool), paths: make(map[string]map[string]string), logs: make(map[string]*logFile),
	}
	// With the ports of the file: other tests on this machine are on other addresses.
	network := fmt.Sprintf("127.%d.%d.", 1+rand.IntN(254), rand.IntN(255))
	for name := range s.Services {
		s.address[name] = network + fmt.Sprint(len(s.address)+2)
	}
	for name := range s.Services {
		s.paths[name] = s.mountsHere(name)
	}
	for name := range s.Services {
		s.start(name)
	}
	return s
}

// start starts a service after those that it depends on.
func (s *stack) start(name string) {
	s.t.Helper()
	if s.started[name] {
		return
	}
	s.started[name] = true
	for other, wanted := range s.Services[name].DependsOn {
		s.start(other)
		if wanted.Condition == "service_healthy" {
			s.healthy(other)
		}
	}
	switch name {
	case "postgres":
		s.startPostgres()
	case "kratos-migrate":
		cmd := s.command(name, s.Services[name].Command)
		require.NoError(s.t, cmd.Run(), "%s", s.logs[name])
	default:
		s.run(s.command(name, s.Services[name].Command))
	}
}

func (s *stack) run(cmd *exec.Cmd) {
	s.t.Helper()
	require.NoError(s.t, cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Wait() }) // The test's context has ended by then.
}

// command runs a service's program with what the compose file gives it.
func (s *stack) command(name string, args []string) *exec.Cmd {
	s.t.Helper()
	if s.logs[name] == nil {
		s.logs[name] = &logFile{}
	}
	cmd := exec.CommandContext(s.t.Context(), s.program(name), s.here(name, args)...)
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, 10*time.Second
	cmd.Stdout, cmd.Stderr = s.logs[name], s.logs[name]
	// A container has the environment of its image, which has none of this machine's.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Dir = s.folder
	if folder := s.Services[name].WorkingDir; folder != "" {
		cmd.Dir = s.paths[name][folder]
	}
	return cmd
}

// program is what the image of a service starts.
func (s *stack) program(name string) string {
	s.t.Helper()
	file, variable := "", ""
	switch name {
	case "kratos", "kratos-migrate":
		file, variable = "kratos", "KRATOS_BIN"
	case "whatsapp-courier":
		file, variable = "whatsapp-courier", "COURIER_BIN"
	case "mockmeta":
		file, variable = "mockmeta", "MOCKMETA_BIN"
	case "signin":
		file = filepath.Join(s.folder, "signin")
		if _, err := os.Stat(file); err != nil {
			out, err := exec.CommandContext(s.t.Context(), "go", "build", "-o", file, "../demo/cmd/signin").CombinedOutput()
			require.NoError(s.t, err, "%s", out)
		}
		return file
	}
	return built(s.t, file, variable)
}

// built is a program that a variable names, or that `make` has built.
func built(t *testing.T, file, variable string) string {
	t.Helper()
	if given := os.Getenv(variable); given != "" {
		return given
	}
	found, err := filepath.Abs(filepath.Join("../../bin", file))
	require.NoError(t, err)
	require.FileExists(t, found, "run `make kratos build`, or set %s", variable)
	return found
}

// healthy waits until the health check of a service succeeds.
func (s *stack) healthy(name string) {
	s.t.Helper()
	test := s.Services[name].Healthcheck.Test
	require.Equal(s.t, "CMD", test[0], "%s has a health check without a shell", name)
	deadline := time.Now().Add(healthyWithin)
	for {
		out, err := s.healthcheck(s.t.Context(), name).CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is not healthy: %v\n%s\n--- log\n%s", name, err, out, s.logs[name])
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
}

func (s *stack) healthcheck(ctx context.Context, name string) *exec.Cmd {
	s.t.Helper()
	test := s.here(name, s.Services[name].Healthcheck.Test[1:])
	if name == "postgres" {
		return exec.CommandContext(ctx, filepath.Join(postgresPrograms(s.t), test[0]), test[1:]...)
	}
	program := s.program(name)
	require.Equal(s.t, filepath.Base(program), filepath.Base(test[0]), "the health check asks by the service's own program")
	return exec.CommandContext(ctx, program, test[1:]...)
}

// here are arguments with this machine's paths and addresses in place of a container's.
func (s *stack) here(name string, args []string) []string {
	local := make([]string, len(args))
	for i, arg := range args {
		local[i] = s.localised(name, arg)
		for inside, outside := range s.paths[name] {
			if arg == inside {
				local[i] = outside
			}
		}
	}
	return local
}

// localised is a text with addresses instead of the containers' names, and with this
// service's address instead of "all addresses" and, for its own health check, of 127.0.0.1.
func (s *stack) localised(name, text string) string {
	own := s.address[name]
	text = regexp.MustCompile(`(=):([0-9]{4})$`).ReplaceAllString(text, "${1}"+own+":$2")
	text = strings.NewReplacer(`host: ""`, `host: "`+own+`"`, "host: 0.0.0.0", "host: "+own).Replace(text)
	if regexp.MustCompile(`^--(url|endpoint|control|address|host)=\S*127\.0\.0\.1`).MatchString(text) {
		text = strings.Replace(text, "127.0.0.1", own, 1)
	}
	return regexp.MustCompile(`\b(postgres|kratos|whatsapp-courier|mockmeta|signin):([0-9]+)\b`).ReplaceAllStringFunc(text, func(found string) string {
		host, port, _ := strings.Cut(found, ":")
		return s.address[host] + ":" + port
	})
}

// mountsHere copies what is mounted into a service, with the addresses of this run.
func (s *stack) mountsHere(name string) map[string]string {
	s.t.Helper()
	paths := make(map[string]string)
	for inside, outside := range s.mounts(name) {
		to := filepath.Join(s.folder, name+"-files", filepath.Base(filepath.Dir(inside)), filepath.Base(inside))
		require.NoError(s.t, filepath.WalkDir(outside, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			relative, _ := filepath.Rel(outside, path)
			target := filepath.Join(to, relative)
			if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
				return err
			}
			return os.WriteFile(target, []byte(s.localised(name, string(text))), 0o600)
		}))
		paths[inside] = to
	}
	return paths
}

// startPostgres does what the image of PostgreSQL does at its first start: it makes a
// superuser, runs the script of the compose file, and asks for passwords over TCP.
func (s *stack) startPostgres() {
	s.t.Helper()
	// PostgreSQL has a user of its own, who must get to this file.
	access := filepath.Join(s.t.TempDir(), "pg_hba.conf")
	require.NoError(s.t, os.WriteFile(access, []byte("local all all trust\nhost all all all scram-sha-256\n"), 0o644))
	for folder := filepath.Dir(access); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		require.NoError(s.t, os.Chmod(folder, 0o755))
	}
	server, err := postgrestest.Start(s.t.Context(), "-c", "listen_addresses="+s.address["postgres"], "-c", "hba_file="+access, "-c", "fsync=off")
	postgrestest.Require(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, server.Stop()) })

	script := ""
	for inside, outside := range s.paths["postgres"] {
		if strings.HasPrefix(inside, "/docker-entrypoint-initdb.d/") {
			text, err := os.ReadFile(outside)
			require.NoError(s.t, err)
			secret := s.paths["postgres"]["/run/secrets/kratos_db"]
			script = strings.ReplaceAll(string(text), "/run/secrets/", filepath.Dir(secret)+"/")
		}
	}
	require.NotEmpty(s.t, script)
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", script)
	cmd.Env = append(os.Environ(), "POSTGRES_USER=postgres", "PGHOST="+server.Folder(), "PATH="+postgresPrograms(s.t)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "%s", out)
}

func postgresPrograms(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("pg_isready"); err == nil {
		return filepath.Dir(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_isready")
	require.NoError(t, err)
	require.NotEmpty(t, found, "pg_isready is missing")
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

// logFile collects what a program writes.
type logFile struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logFile) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *logFile) String() string {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
