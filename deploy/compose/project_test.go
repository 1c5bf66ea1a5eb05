package compose_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// project is a compose file as the library of `docker compose` understands it.
type project struct {
	Services map[string]service
	Networks map[string]struct{ Internal bool }
	Secrets  map[string]struct{ File string }
}

type service struct {
	Image       string
	Command     []string
	WorkingDir  string `json:"working_dir"`
	User        string
	Environment map[string]string
	EnvFile     []any `json:"env_file"`
	Networks    map[string]any
	Ports       []port
	Volumes     []struct{ Type, Source, Target string }
	Secrets     []struct{ Source, Target string }
	Healthcheck struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `json:"depends_on"`
	ReadOnly    bool                                  `json:"read_only"`
	CapDrop     []string                              `json:"cap_drop"`
	SecurityOpt []string                              `json:"security_opt"`
}

type port struct {
	HostIP    string `json:"host_ip"`
	Target    int
	Published string
}

// mounts are the files and folders of a service: where they are in the container, and
// where on this machine.
func (p *project) mounts(name string) map[string]string {
	mounts := make(map[string]string)
	for _, volume := range p.Services[name].Volumes {
		if volume.Type == "bind" {
			mounts[volume.Target] = volume.Source
		}
	}
	for _, secret := range p.Services[name].Secrets {
		mounts[secret.Target] = p.Secrets[secret.Source].File
	}
	return mounts
}

// check runs the module that reads compose files; it has compose-go in its own go.mod.
func check(t *testing.T, files ...string) (out, faults string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "."}, files...)...)
	cmd.Dir, cmd.Env = "check", append(os.Environ(), "CGO_ENABLED=0", "COURIER_VERSION=")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// read copies the files of the stack into a folder, makes the secrets there with the
// script, and reads the compose file.
func read(t *testing.T) *project {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"compose.yml", "compose", "kratos"} {
		from := filepath.Join("..", name)
		to := filepath.Join(folder, name)
		if info, err := os.Stat(from); err == nil && info.IsDir() {
			require.NoError(t, os.CopyFS(to, os.DirFS(from)))
			continue
		}
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, text, 0o600))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "compose", "secrets")))
	makeSecrets(t, folder)
	out, faults, err := check(t, filepath.Join(folder, "compose.yml"))
	require.NoError(t, err, faults)
	p := &project{}
	require.NoError(t, json.Unmarshal([]byte(out), p))
	return p
}

func makeSecrets(t *testing.T, folder string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(folder, "compose", "secrets.sh")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// image is what a Dockerfile of deploy/docker says.
type image struct {
	program string
	user    string
	ports   []string
}

func readImage(t *testing.T, file string) image {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docker", file))
	require.NoError(t, err)
	find := func(pattern string) string {
		found := regexp.MustCompile("(?m)^" + pattern + "$").FindSubmatch(text)
		require.NotNil(t, found, "%s has no line %s", file, pattern)
		return string(found[1])
	}
	return image{
		program: find(`ENTRYPOINT \["([^"]+)"\]`), user: find(`USER (\S+)`),
		ports: strings.Fields(find(`EXPOSE (.+)`)),
	}
}

// ours are the services with images of this repository, and their Dockerfiles.
func ours() map[string]string {
	return map[string]string{
		"whatsapp-courier": "Dockerfile", "mockmeta": "mockmeta.Dockerfile", "signin": "signin.Dockerfile",
	}
}

func TestOnlyWhatComposeKnowsIsTaken(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../compose.yml")
	require.NoError(t, err)
	for name, c := range map[string]struct{ from, to, says string }{
		"a misspelt key":      {"    healthcheck:", "    healthchek:", "healthchek"},
		"a secret of no name": {"secrets: [courier.yml]", "secrets: [currier.yml]", "currier.yml"},
		"an unknown service":  {"mockmeta:\n    <<", "mockmata:\n    depends_on: [nothing]\n    <<", "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(string(text), c.from, c.to, 1)
			require.NotEqual(t, string(text), broken)
			file := filepath.Join(t.TempDir(), "compose.yml")
			require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
			_, faults, err := check(t, file)
			require.Error(t, err)
			require.Contains(t, faults, c.says)
		})
	}
}

func TestOurContainers(t *testing.T) {
	t.Parallel()
	p := read(t)
	script, err := os.ReadFile("../docker/image.sh")
	require.NoError(t, err)
	for name, file := range ours() {
		s, image := p.Services[name], readImage(t, file)
		require.Equal(t, name+":latest", s.Image)
		require.Contains(t, string(script), "build deploy/docker/"+file+" "+name+"\n", "make image builds it")
		require.Equal(t, "65532:65532", image.user)
		require.Empty(t, s.User, "that of the image")
		require.True(t, s.ReadOnly)
		require.Equal(t, []string{"ALL"}, s.CapDrop)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt)
		require.Equal(t, image.program, s.Healthcheck.Test[1], "there is no other program in %s", name)
		for _, port := range s.Ports {
			require.Contains(t, image.ports, port.Published)
		}
	}

	module, err := os.ReadFile("../kratos/build/go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`github\.com/ory/kratos (v\S+)`).FindSubmatch(module)
	require.NotNil(t, version)
	for _, name := range []string{"kratos", "kratos-migrate"} {
		require.Equal(t, "oryd/kratos:"+string(version[1]), p.Services[name].Image, "the version that everything here is tested with")
	}
}

// TestEnvironments: Kratos and the courier read variables of the same names, such as
// SERVE_PUBLIC_PORT and DSN, so that neither may have any here.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	for name, s := range read(t).Services {
		require.Empty(t, s.EnvFile, name)
		if name == "postgres" {
			require.Equal(t, map[string]string{"POSTGRES_PASSWORD_FILE": "/run/secrets/postgres"}, s.Environment)
			continue
		}
		require.Empty(t, s.Environment, name)
	}
}

func TestPublishedPorts(t *testing.T) {
	t.Parallel()
	published := make(map[string][]string)
	for name, s := range read(t).Services {
		for _, p := range s.Ports {
			require.Equal(t, "127.0.0.1", p.HostIP, "%s is reached from other machines", name)
			require.Equal(t, strconv.Itoa(p.Target), p.Published, name)
			published[name] = append(published[name], p.Published)
		}
	}
	require.Equal(t, map[string][]string{
		"kratos": {"4433"}, "whatsapp-courier": {"4480"}, "mockmeta": {"4491"}, "signin": {"4455"},
	}, published, "neither the database nor an admin API of Kratos, nor what only Meta reaches")
}

// TestNames: whoever is called by name stands in a network with the caller.
func TestNames(t *testing.T) {
	t.Parallel()
	p := read(t)
	names := regexp.MustCompile(`\b(postgres|kratos|whatsapp-courier|mockmeta|signin):[0-9]+\b`)
	called := 0
	for caller := range p.Services {
		texts := slices.Clone(p.Services[caller].Command)
		for _, file := range p.mounts(caller) {
			text, err := os.ReadFile(file)
			if err == nil { // it may be a folder
				texts = append(texts, string(text))
			}
		}
		for _, found := range names.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
			called++
			if found[1] == caller || caller == "kratos-migrate" && found[1] != "postgres" {
				continue
			}
			common := false
			for network := range p.Services[caller].Networks {
				_, both := p.Services[found[1]].Networks[network]
				common = common || both
			}
			require.True(t, common, "%s does not reach %s", caller, found[0])
		}
	}
	require.Greater(t, called, 10)
	require.True(t, p.Networks["database"].Internal)
	require.True(t, p.Networks["backend"].Internal)
	require.NotContains(t, p.Services["mockmeta"].Networks, "backend")
	require.NotContains(t, p.Services["signin"].Networks, "database")
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	p := read(t)
	folder := ""
	values := make(map[string]bool)
	for name, s := range p.Secrets {
		folder = filepath.Dir(s.File)
		info, err := os.Stat(s.File)
		require.NoError(t, err, name)
		require.Equal(t, os.FileMode(0o644), info.Mode().Perm(), "the users of the containers read %s", name)
		text, err := os.ReadFile(s.File)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`\b[0-9a-f]{32,}\b`).FindAll(text, -1) {
			values[string(found)] = true
		}
		require.NotRegexp(t, `(?m)not-a-secret|^dsn: memory`, string(text), name)
	}
	require.Len(t, values, 9, "three passwords, two keys, two secrets of Kratos and two of the courier")
	info, err := os.Stat(folder)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "only its owner enters the folder")

	kratos, err := os.ReadFile(p.Secrets["kratos.yml"].File)
	require.NoError(t, err)
	for _, address := range regexp.MustCompile(`(?m)^[^#\n]*127\.0\.0\.1.*$`).FindAllString(string(kratos), -1) {
		require.Regexp(t, `127\.0\.0\.1:(4433|4455)/`, address, "only browsers are told addresses of this machine")
	}

	again := exec.CommandContext(t.Context(), "sh", filepath.Join(filepath.Dir(folder), "secrets.sh"))
	out, err := again.CombinedOutput()
	require.Error(t, err, "secrets that a database knows are not replaced")
	require.Contains(t, string(out), "is there already")

	ignored, err := os.ReadFile("../../.gitignore")
	require.NoError(t, err)
	require.Contains(t, string(ignored), "/deploy/compose/secrets/\n")
}
