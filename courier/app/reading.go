package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/ory/x/configx"
)

// reading is a configuration as its sources have it, before it is judged.
type reading struct {
	// tree are all settings, defaults too, with what stands in files in its place.
	tree map[string]any
	// files are what each file has by itself, in their order.
	files []configFile
	// secrets are those that came from files of their own.
	secrets secretFiles
	// settings are the paths that the schema has.
	settings []string
}

type configFile struct {
	name string
	tree map[string]any
}

// readConfig reads the sources of a configuration.
func readConfig(ctx context.Context, files []string) (*reading, error) {
	r := &reading{settings: settings()}
	var sources []koanf.Provider
	for _, name := range files {
		source, err := configx.NewKoanfFile(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		tree, err := source.Read()
		if err != nil {
			return nil, unreadable(name, err)
		}
		sources, r.files = append(sources, source), append(r.files, configFile{name, tree})
	}
	// configx.WithConfigFiles would start ory/x's watcher, which prints to stdout.
	values, err := configx.New(ctx, Schema, configx.SkipValidation(), configx.WithUserProviders(sources...))
	if err == nil {
		err = splitAdminKeys(values.Koanf)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	r.tree = values.Raw()
	r.secrets.fill(r.tree)
	return r, nil
}

// config is the configuration, or a *ConfigError that names everything that is wrong.
func (r *reading) config(ctx context.Context) (*Config, error) {
	values := koanf.New(configx.Delimiter)
	for section, value := range r.tree {
		if err := values.Set(section, value); err != nil {
			return nil, fmt.Errorf("cannot read the configuration: %w", err)
		}
	}
	c := &Config{read: r}
	undecoded := errors.Join(values.Unmarshal("", c), c.readSMSRoutes(values))
	// That a text is an example's says more than that it is too short.
	faults := withNew(r.secrets.faults, c.secretFaults())
	broken, err := schemaFaults(ctx, r.tree)
	if err != nil {
		return nil, err
	}
	faults = withNew(faults, broken)
	faults = withNew(faults, environmentFaults(values))
	if undecoded != nil && len(faults) == 0 {
		faults = append(faults, undecoded.Error())
	}
	faults = withNew(faults, c.faults())
	faults = withNew(faults, c.senderFaults())
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, &ConfigError{Faults: slices.Compact(faults)}
	}
	c.unknownVariables = unknownVariables(os.Environ(), r.settings)
	return c, nil
}

// origin is where the value of a setting comes from.
type origin struct {
	// Kind is one of the constants below.
	Kind string
	// Name is that of the file or the variable.
	Name string
}

const (
	fromDefault     = "default"
	fromFile        = "file"
	fromEnvironment = "environment"
	fromSecretFile  = "secret_file"
)

// String is the origin in words.
func (o origin) String() string {
	switch o.Kind {
	case fromDefault:
		return fromDefault
	case fromSecretFile:
		return "secret file " + o.Name
	}
	return o.Kind + " " + o.Name
}

// origin finds out where the value at a path comes from. A list comes from one source
// as a whole.
func (r *reading) origin(path string) origin {
	for whole := path; whole != ""; whole = parent(whole) {
		if name, ok := r.secrets.files[whole]; ok {
			return origin{fromSecretFile, name}
		}
	}
	for whole := path; whole != ""; whole = parent(whole) {
		if _, set := os.LookupEnv(variable(whole)); set && slices.Contains(r.settings, whole) {
			return origin{fromEnvironment, variable(whole)}
		}
	}
	for _, file := range slices.Backward(r.files) {
		if has(file.tree, path) {
			return origin{fromFile, file.name}
		}
	}
	return origin{Kind: fromDefault}
}

// parent is the path of the section or list in which a setting stands, or "".
func parent(path string) string { return path[:max(0, strings.LastIndex(path, "."))] }

// has reports whether a tree says something about a setting. Names of HTTP headers may
// have dots in them.
func has(tree map[string]any, path string) bool {
	if _, found := tree[path]; found {
		return true
	}
	name, rest, below := strings.Cut(path, ".")
	value, found := tree[name]
	if section, ok := value.(map[string]any); ok && below {
		return has(section, rest)
	}
	return found
}
