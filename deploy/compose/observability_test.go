package compose_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/url"
	"os"
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

// TestObservabilityAddsAndChangesNothing: the other containers stay as they are.
func TestObservabilityAddsAndChangesNothing(t *testing.T) {
	t.Parallel()
	watched, plain := readWatched(t)
	added := slices.DeleteFunc(slices.Sorted(maps.Keys(watched.Services)), func(name string) bool {
		_, there := plain.Services[name]
		return there
	})
	require.Equal(t, []string{"grafana", "prometheus"}, added)
	for name, before := range plain.Services {
		require.Equal(t, before, watched.Services[name], name)
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
	require.Equal(t, "true", p.Services["grafana"].Environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"])
	require.NotContains(t, p.Services["grafana"].Networks, "backend")
	for name := range p.Services["grafana"].Networks {
		require.Contains(t, p.Services["prometheus"].Networks, name)
	}
}
