package check

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
)

// container is a command that runs the real courier as a container of a pod would: with
// its arguments, files and variables, but in a folder instead of /, and with some
// variables over them.
func container(ctx context.Context, t *testing.T, o objects, pod core.PodSpec, over map[string]string, more ...string) *exec.Cmd {
	t.Helper()
	root := t.TempDir()
	k := kubelet{t: t, objects: o, pod: pod}
	var moved []string
	for _, mount := range pod.Containers[0].VolumeMounts {
		moved = append(moved, mount.MountPath, root+mount.MountPath)
	}
	inRoot := strings.NewReplacer(moved...)
	for file, text := range k.files() {
		require.NoError(t, os.MkdirAll(filepath.Dir(root+file), 0o700))
		require.NoError(t, os.WriteFile(root+file, []byte(inRoot.Replace(text)), 0o600))
	}
	var args []string
	for _, arg := range pod.Containers[0].Args {
		args = append(args, inRoot.Replace(arg))
	}
	run := exec.CommandContext(ctx, os.Getenv(courierBin), append(args, more...)...)
	environment := k.environment(pod.Containers[0])
	for name, value := range over {
		environment[name] = value
	}
	run.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range environment {
		run.Env = append(run.Env, name+"="+value)
	}
	return run
}

// The real courier takes each configuration, becomes ready, and answers at the paths that
// Kubernetes, Prometheus and the ingress use.
func TestCourierRunsAsInstalled(t *testing.T) {
	t.Parallel()
	for _, installation := range installations(t) {
		t.Run(installation, func(t *testing.T) {
			t.Parallel()
			o := installed(t, installation)
			pod := o.deployment().Spec.Template.Spec
			addresses := filepath.Join(t.TempDir(), "addresses.json")
			var log bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			run := container(ctx, t, o, pod, map[string]string{
				"DSN": "memory", "SERVE_PRIVATE_HOST": "127.0.0.1", "SERVE_PUBLIC_HOST": "127.0.0.1", "SERVE_PRIVATE_PORT": "0", "SERVE_PUBLIC_PORT": "0",
			}, "--address-file", addresses)
			run.Stdout, run.Stderr = &log, &log
			require.NoError(t, run.Start())
			ended := make(chan struct{})
			go func() { _ = run.Wait(); close(ended) }()
			t.Cleanup(func() { cancel(); <-ended })

			var at struct{ Private, Public string }
			deadline := time.After(time.Minute)
			for tick := time.NewTicker(20 * time.Millisecond); at.Public == ""; <-tick.C {
				select {
				case <-ended:
					t.Fatalf("the courier does not start:\n%s", &log)
				case <-deadline:
					t.Fatal("the courier has no address after a minute")
				default:
				}
				if text, err := os.ReadFile(addresses); err == nil {
					require.NoError(t, json.Unmarshal(text, &at))
				}
			}
			c := pod.Containers[0]
			for _, probe := range []*core.Probe{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
				require.Equal(t, "private", probe.HTTPGet.Port.StrVal)
				require.Equal(t, http.StatusOK, status(t, strings.ToLower(string(probe.HTTPGet.Scheme))+"://"+at.Private+probe.HTTPGet.Path))
			}
			for _, monitor := range o.monitors {
				endpoint := monitor.Spec.Endpoints[0]
				require.Equal(t, http.StatusOK, status(t, endpoint.Scheme.String()+"://"+at.Private+endpoint.Path))
			}
			for _, ingress := range o.ingresses {
				path := ingress.Spec.Rules[0].HTTP.Paths[0].Path
				require.Equal(t, http.StatusForbidden, status(t, "http://"+at.Public+path+"/meta"), "a handshake without a token")
			}
			cancel()
			<-ended
			require.NotContains(t, log.String(), `"level":"error"`)
			require.Contains(t, log.String(), `"level":"info"`, "the log is in JSON")
			require.NotContains(t, log.String(), "look like settings", "a variable is no setting")
		})
	}
}

// The migration reads its configuration and gets as far as the database, which is not there.
func TestMigrationRunsAsInstalled(t *testing.T) {
	t.Parallel()
	for _, installation := range []string{"postgres", "everything"} {
		o := installed(t, installation)
		require.Len(t, o.jobs, 1)
		for _, job := range o.jobs {
			out, err := container(t.Context(), t, o, job.Spec.Template.Spec, nil).CombinedOutput()
			require.Error(t, err)
			require.NotContains(t, string(out), "the configuration is not valid")
			require.Contains(t, string(out), "127.0.0.1:1", "the database cannot be reached")
		}
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	answer, err := client.Do(request)
	require.NoError(t, err)
	_ = answer.Body.Close()
	return answer.StatusCode
}
