package app

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/ory/jsonschema/v3"
	"github.com/ory/x/configx"
)

// Schema is the JSON schema (draft 7) of the configuration.
//
//go:embed config.schema.json
var Schema []byte

// ConfigError lists everything that is wrong with a configuration.
type ConfigError struct{ Faults []string }

// Error lists the faults, one a line.
func (e *ConfigError) Error() string {
	return "the configuration is not valid:\n  " + strings.Join(e.Faults, "\n  ")
}

// LoadConfig reads the given YAML files, later ones over earlier ones, and the
// environment over all of them. A *ConfigError names every fault with its path
// and never a value, which could be a secret.
func LoadConfig(ctx context.Context, files []string) (*Config, error) {
	var sources []koanf.Provider
	for _, file := range files {
		source, err := configx.NewKoanfFile(file)
		if err == nil {
			_, err = source.Read()
		}
		if err != nil {
			return nil, unreadable(file, err)
		}
		sources = append(sources, source)
	}
	// configx.WithConfigFiles would start ory/x's watcher, which prints to stdout.
	values, err := configx.New(ctx, Schema, configx.SkipValidation(), configx.WithUserProviders(sources...))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	faults, err := schemaFaults(ctx, values.Raw())
	if err != nil {
		return nil, err
	}
	faults = append(faults, environmentFaults(values)...)
	var c Config
	if err := values.Unmarshal("", &c); err != nil && len(faults) == 0 {
		faults = append(faults, err.Error())
	}
	faults = withNew(faults, c.faults())
	faults = withNew(faults, c.senderFaults())
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, &ConfigError{Faults: slices.Compact(faults)}
	}
	return &c, nil
}

// unreadable says which file cannot be read, and in which line if that is known.
// A parser's own words may quote what stands there, and so a secret.
func unreadable(file string, err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("cannot read the configuration file: %w", err)
	}
	where := file
	if line := regexp.MustCompile(`\bline [0-9]+\b`).FindString(err.Error()); line != "" {
		where += ", " + line
	}
	return fmt.Errorf("cannot read the configuration file %s: it must be valid YAML, TOML or JSON, and be named .yml, .yaml, .toml or .json; "+
		"in YAML, put values that begin with *, &, ! or %% in quotes", where)
}

// schemaFaults validates against the schema and names every fault.
func schemaFaults(ctx context.Context, values map[string]any) ([]string, error) {
	schema, err := jsonschema.CompileString(ctx, "config.schema.json", string(Schema))
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	err = schema.Validate(bytes.NewReader(document))
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, err
	}
	return leaves(invalid), nil
}

// leaves flattens a validation error to "path: what is wrong".
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		path := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(e.InstancePtr, "#"), "/"), "/", ".")
		return []string{at(path, e.Message)}
	}
	var faults []string
	for _, cause := range e.Causes {
		faults = append(faults, leaves(cause)...)
	}
	return faults
}

// environmentFaults finds numbers that are none: configx turns them into 0,
// which for a port would silently mean "any".
func environmentFaults(values *configx.Provider) []string {
	var faults []string
	for _, path := range values.Keys() {
		name := strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		text, set := os.LookupEnv(name)
		if _, number := values.Get(path).(float64); !set || !number {
			continue
		}
		if _, err := strconv.Atoi(text); err != nil {
			faults = append(faults, at(path, "the environment variable "+name+" is not a number"))
		}
	}
	return faults
}

// at names where a fault is.
func at(path, text string) string {
	if path == "" {
		return text
	}
	return path + ": " + text
}

// withNew adds the faults of settings that have none yet: what follows from a
// fault is not worth telling.
func withNew(known, more []string) []string {
	all := known
	for _, fault := range more {
		path, _, _ := strings.Cut(fault, ":")
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, path) }) {
			all = append(all, fault)
		}
	}
	return all
}
