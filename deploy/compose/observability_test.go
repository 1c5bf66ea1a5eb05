package compose_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// readWatched is the project with compose.observability.yml, and without.
func readWatched(t *testing.T) (watched, plain *project) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"compose", "kratos", "grafana", "prometheus"} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join("..", name))))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "compose", "secrets")))
	makeSecrets(t, folder)
	var files []string
	for _, name := range []string{"compose.yml", "compose.observability.yml"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		files = append(files, filepath.Join(folder, name))
		require.NoError(t, os.WriteFile(files[len(files)-1], text, 0o600))
	}
	projects := []*project{{}, {}}
	for i, given := range [][]string{files, files[:1]} {
		out, faults, err := check(t, given...)
		require.NoError(t, err, faults)
		require.NoError(t, json.Unmarshal([]byte(out), projects[i]))
	}
	return projects[0], projects[1]
}

// strictly reads a file of YAML in which no key may be unknown.
func strictly(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into), file)
}

// reaches holds that a service calls another by its name and port, in a network of both.
func (p *project) reaches(t *testing.T, caller, address, port string) {
	t.Helper()
	host, number, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.Contains(t, p.Services, host)
	require.Equal(t, port, number, address)
	for network := range p.Services[caller].Networks {
		if _, both := p.Services[host].Networks[network]; both {
			return
		}
	}
	t.Errorf("%s does not reach %s", caller, address)
}

// TestObservabilityAddsAndChangesLittle: the other containers stay as they are, but for one
// more file of settings.
func TestObservabilityAddsAndChangesLittle(t *testing.T) {
	t.Parallel()
	watched, plain := readWatched(t)
	added := slices.DeleteFunc(slices.Sorted(maps.Keys(watched.Services)), func(name string) bool {
		_, there := plain.Services[name]
		return there
	})
	require.Equal(t, []string{"collector", "grafana", "prometheus"}, added)
	for name, before := range plain.Services {
		after := watched.Services[name]
		if name == "kratos" || name == "whatsapp-courier" {
			at := slices.Index(after.Command, after.Volumes[len(after.Volumes)-1].Target)
			require.Positive(t, at, "%s is not told of its settings", name)
			require.Equal(t, "--config", after.Command[at-1])
			after.Command = slices.Delete(slices.Clone(after.Command), at-1, at+1)
			require.Equal(t, "tracing.yml", path.Base(after.Volumes[len(after.Volumes)-1].Source))
			after.Volumes = after.Volumes[:len(after.Volumes)-1]
		}
		require.Equal(t, before, after, name)
	}
	for _, name := range added {
		require.Equal(t, []string{"ALL"}, watched.Services[name].CapDrop, name)
		require.Equal(t, []string{"no-new-privileges:true"}, watched.Services[name].SecurityOpt, name)
		require.Regexp(t, `:v?\d+\.\d+\.\d+$`, watched.Services[name].Image, "a version of its own choice may not fit these files")
		for target, source := range watched.mounts(name) {
			require.FileExists(t, firstFile(t, source), target)
		}
	}
}

// firstFile is the path itself, or the first file below it.
func firstFile(t *testing.T, name string) (file string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(name, func(path string, entry os.DirEntry, err error) error {
		if err == nil && file == "" && !entry.IsDir() {
			file = path
		}
		return err
	}))
	return file
}

func TestPrometheusIsWhereGrafanaLooks(t *testing.T) {
	t.Parallel()
	p, _ := readWatched(t)
	var scraped struct {
		Global        map[string]string
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			MetricsPath   string                       `yaml:"metrics_path"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	mounts := p.mounts("prometheus")
	config, found := strings.CutPrefix(p.Services["prometheus"].Command[0], "--config.file=")
	require.True(t, found)
	strictly(t, mounts[config], &scraped)
	require.Len(t, scraped.RuleFiles, 1)
	require.Contains(t, mounts, path.Join(path.Dir(config), scraped.RuleFiles[0]), "rules are relative to the file that names them")
	// That the path is right is proven by a real Prometheus, in deploy/prometheus.
	p.reaches(t, "prometheus", scraped.ScrapeConfigs[0].StaticConfigs[0].Targets[0], readImage(t, "Dockerfile").ports[0])

	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, Type, UID, Access, URL string
			IsDefault                    bool              `yaml:"isDefault"`
			JSONData                     map[string]string `yaml:"jsonData"`
		}
	}
	mounts = p.mounts("grafana")
	provisioning := mounts["/etc/grafana/provisioning"]
	require.NotEmpty(t, provisioning, "Grafana's default")
	strictly(t, filepath.Join(provisioning, "datasources", "prometheus.yml"), &sources)
	at, err := url.Parse(sources.Datasources[0].URL)
	require.NoError(t, err)
	p.reaches(t, "grafana", at.Host, p.Services["prometheus"].Ports[0].Published)
	require.Equal(t, scraped.Global["scrape_interval"], sources.Datasources[0].JSONData["timeInterval"])

	var dashboards struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type string
			AllowUIUpdates     bool `yaml:"allowUiUpdates"`
			Options            struct{ Path string }
		}
	}
	strictly(t, filepath.Join(provisioning, "dashboards", "files.yml"), &dashboards)
	require.Contains(t, mounts, dashboards.Providers[0].Options.Path)
	files, err := filepath.Glob(filepath.Join(mounts[dashboards.Providers[0].Options.Path], "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 5)
}

// TestOnlyThisMachineLooks: nobody else reaches Grafana, which asks for no password and has
// no account that could have one.
func TestOnlyThisMachineLooks(t *testing.T) {
	t.Parallel()
	p, _ := readWatched(t)
	for name, want := range map[string]int{"grafana": 3000, "prometheus": 9090} {
		require.Equal(t, []port{{"127.0.0.1", want, strconv.Itoa(want)}}, p.Services[name].Ports, name)
	}
	require.Empty(t, p.Services["collector"].Ports)
	require.Contains(t, p.Services["collector"].Networks, "watching", "it sends traces on to others")
	require.False(t, p.Networks["watching"].Internal)
	require.Equal(t, "true", p.Services["grafana"].Environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"])
	require.NotContains(t, p.Services["grafana"].Networks, "backend")
	for name := range p.Services["grafana"].Networks {
		require.Contains(t, p.Services["prometheus"].Networks, name)
	}
}

// TestTracesArrive: Kratos and the courier send their traces where the collector takes them,
// and the courier knows the settings.
func TestTracesArrive(t *testing.T) {
	t.Parallel()
	p, _ := readWatched(t)
	var tracing struct {
		Tracing struct {
			Provider  string
			Providers struct {
				OTLP struct {
					ServerURL string `yaml:"server_url"`
					Insecure  bool
					Sampling  struct {
						Ratio float64 `yaml:"sampling_ratio"`
					}
				}
			}
		}
	}
	var collector struct {
		Receivers struct {
			OTLP struct {
				Protocols map[string]struct{ Endpoint string }
			}
		}
		Processors, Exporters map[string]map[string]string
		Service               struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	config, found := strings.CutPrefix(p.Services["collector"].Command[0], "--config=")
	require.True(t, found)
	strictly(t, p.mounts("collector")[config], &collector)
	_, takes, err := net.SplitHostPort(collector.Receivers.OTLP.Protocols["http"].Endpoint)
	require.NoError(t, err)
	pipeline := collector.Service.Pipelines["traces"]
	require.Equal(t, []string{"otlp"}, pipeline.Receivers)
	require.Equal(t, slices.Sorted(maps.Keys(collector.Processors)), pipeline.Processors)
	require.Equal(t, slices.Sorted(maps.Keys(collector.Exporters)), pipeline.Exporters)

	for _, name := range []string{"kratos", "whatsapp-courier"} {
		volumes := p.Services[name].Volumes
		strictly(t, volumes[len(volumes)-1].Source, &tracing)
		require.Equal(t, "otel", tracing.Tracing.Provider)
		p.reaches(t, name, tracing.Tracing.Providers.OTLP.ServerURL, takes)
	}

	args := []string{"config", "check"}
	mounts := p.mounts("whatsapp-courier")
	for i, arg := range p.Services["whatsapp-courier"].Command {
		if arg == "--config" {
			args = append(args, "--config", mounts[p.Services["whatsapp-courier"].Command[i+1]])
		}
	}
	require.Len(t, args, 8)
	out, err := exec.CommandContext(t.Context(), built(t, "whatsapp-courier", "COURIER_BIN"), args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "tracing", "a warning about what it does not know")
}
