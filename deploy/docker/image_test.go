// Package docker_test builds the images and runs the courier's as a container engine
// would: as its user, with a volume.
package docker_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// user is whom the image runs as.
const user = 65532

// data is where the test mounts its volume. It is not the folder that the image declares
// as a volume: buildah mounts one of its own there too (seen with 1.28.2), and now and then
// that one covers the test's.
const data = "/data"

// engine is a buildah with a store of its own.
type engine struct {
	t      *testing.T
	global []string
}

func newEngine(t *testing.T) engine {
	t.Helper()
	_, err := exec.LookPath("buildah")
	if err != nil || os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
			t.Fatal("buildah is missing")
		}
		t.Skip("without buildah and root no image is built")
	}
	folder := t.TempDir()
	return engine{t, []string{"--storage-driver", "vfs", "--root", filepath.Join(folder, "root"), "--runroot", filepath.Join(folder, "run")}}
}

func (e engine) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "buildah", append(e.global[:len(e.global):len(e.global)], args...)...)
}

// do runs buildah and returns what it prints.
func (e engine) do(args ...string) string {
	e.t.Helper()
	out, err := e.command(e.t.Context(), args...).CombinedOutput()
	require.NoError(e.t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

// in is the command that runs the courier inside a container, with a volume and a
// configuration.
func (e engine) in(ctx context.Context, container, volume, config string, args ...string) *exec.Cmd {
	return e.command(ctx, append([]string{
		"run", "--isolation", "chroot", "--volume", volume + ":" + data, "--volume", config + ":/etc/whatsapp-courier:ro",
		container, "--", "/usr/local/bin/whatsapp-courier",
	}, args...)...)
}

// readOnly is the command that runs the courier from a container's files as `docker run
// --read-only` does, for which buildah has no flag: it can write its volume only.
func (e engine) readOnly(ctx context.Context, container, volume, config string, args ...string) *exec.Cmd {
	const script = `set -eu
root=$1 volume=$2 config=$3 user=$4; shift 4
mkdir -p "$root/proc" "$root/data" "$root/etc/whatsapp-courier"
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --bind "$volume" "$root/data"
mount --bind "$config" "$root/etc/whatsapp-courier"
mount -o remount,ro,bind "$root"
exec chroot --userspec="$user:$user" "$root" /usr/local/bin/whatsapp-courier "$@"`
	return exec.CommandContext(ctx, "unshare", append([]string{
		"--mount", "sh", "-c", script, "sh", e.do("mount", container), volume, config, strconv.Itoa(user),
	}, args...)...)
}

// build builds the images for a processor, and returns the name of the courier's.
func (e engine) build(arch string) string {
	e.t.Helper()
	build := exec.CommandContext(e.t.Context(), "./image.sh")
	build.Env = append(os.Environ(), "ARCH="+arch, "BUILDAH_GLOBAL_FLAGS="+strings.Join(e.global, " "), "BUILDAH_FLAGS=--isolation chroot", "DOCKER_HOST=unix:///nowhere")
	out, err := build.CombinedOutput()
	require.NoError(e.t, err, "%s", out)
	image := regexp.MustCompile(`built (whatsapp-courier:\S+) and .* for ` + arch).FindStringSubmatch(string(out))
	require.NotNil(e.t, image, "%s", out)
	return image[1]
}

// size is how many bytes the files of an image have.
func size(t *testing.T, root string) (bytes int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	}))
	return bytes
}

func TestImage(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	image := e.build(runtime.GOARCH)

	var about struct {
		OCI struct {
			Config struct{ User string }
		} `json:"OCIv1"`
	}
	require.NoError(t, json.Unmarshal([]byte(e.do("inspect", "--type", "image", image)), &about))
	require.Equal(t, "65532:65532", about.OCI.Config.User, "not root")

	container := e.do("from", image)
	require.Less(t, size(t, e.do("mount", container)), int64(40_000_000), "an image has less than 40 MB")
	config, volume := t.TempDir(), t.TempDir()
	require.NoError(t, os.Chmod(config, 0o755))
	addresses := filepath.Join(volume, "addresses.json")
	require.NoError(t, os.WriteFile(filepath.Join(config, "courier.yml"), []byte(minimal), 0o644))
	serve := []string{"serve", "--config", "/etc/whatsapp-courier/courier.yml", "--address-file", data + "/addresses.json"}

	version, err := e.in(t.Context(), container, volume, config, "version").CombinedOutput()
	require.NoError(t, err, "%s", version)
	require.Equal(t, strings.TrimPrefix(image, "whatsapp-courier:"), strings.TrimSpace(string(version)))

	refused, err := e.in(t.Context(), container, volume, config, serve...).CombinedOutput()
	require.Error(t, err, "the volume is root's")
	require.Contains(t, string(refused), data, "which folder")
	require.Contains(t, string(refused), "permission denied", "and why")

	require.NoError(t, os.Chown(volume, user, user))
	elsewhere := e.readOnly(t.Context(), container, volume, config, serve...)
	elsewhere.Env = append(os.Environ(), "DSN=sqlite:///var/lib/whatsapp-courier/courier.db")
	refused, err = elsewhere.CombinedOutput()
	require.Error(t, err, "the root cannot be written")
	require.Contains(t, string(refused), "read-only file system")

	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	run := e.readOnly(ctx, container, volume, config, serve...)
	run.Stdout, run.Stderr = &log, &log
	require.NoError(t, run.Start())
	t.Cleanup(func() { cancel(); _ = run.Wait() })
	var last error
	if !assert.Eventually(t, func() bool { last = ready(t.Context(), addresses); return last == nil }, time.Minute, 50*time.Millisecond) {
		cancel()
		_ = run.Wait() // So that the log is whole.
		t.Fatalf("the courier in the container is not ready: %v\n%s", last, &log)
	}
	at, err := privateAddress(addresses)
	require.NoError(t, err)
	healthy, err := e.in(t.Context(), container, volume, config, "health", "--url", "http://"+at).CombinedOutput()
	require.NoError(t, err, "the health check of deploy/compose.yml: %s", healthy)

	for _, name := range []string{"mockmeta", "signin"} {
		require.NoError(t, json.Unmarshal([]byte(e.do("inspect", "--type", "image", name+":latest")), &about))
		require.Equal(t, "65532:65532", about.OCI.Config.User, name)
		require.Contains(t, e.do("run", "--isolation", "chroot", e.do("from", name+":latest"), "--", "/usr/local/bin/"+name, "health", "--help"), name+" health")
	}
	database, err := os.Stat(filepath.Join(volume, "courier.db"))
	require.NoError(t, err)
	require.NotZero(t, database.Size())

	other := "arm64"
	if runtime.GOARCH == other {
		other = "amd64"
	}
	container = e.do("from", "--arch", other, e.build(other))
	program, err := elf.Open(filepath.Join(e.do("mount", container), "usr/local/bin/whatsapp-courier"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, program.Close()) })
	require.Equal(t, map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}[other], program.Machine)
}

// ready asks the courier whose addresses stand in a file. A request that hangs must not
// hold up the next one, so each has a second.
func ready(ctx context.Context, addresses string) error {
	at, err := privateAddress(addresses)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/health/ready", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", r.URL, answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}

func privateAddress(addresses string) (string, error) {
	text, err := os.ReadFile(addresses)
	if err != nil {
		return "", err
	}
	var at struct{ Private string }
	err = json.Unmarshal(text, &at)
	return at.Private, err
}

// minimal is a configuration that starts; its secrets are made up.
const minimal = `
dsn: sqlite:///data/courier.db
serve: {private: {port: 0}, public: {port: 0}}
secrets: {cipher: [b3a1f0c95d7e48628f1d2c3b4a596877], lookup: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}
kratos: {api_keys: [5c6b7a8990a1b2c3]}
fallback: {mode: whatsapp_only}
whatsapp:
  phone_number_id: "106540352242922"
  access_token: invented-token
  app_secrets: [invented-app-secret]
  verify_token: invented-verify-token
  template: {name: login_code, languages: [en_US], default_language: en_US}
`
