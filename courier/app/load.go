package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	read, err := readConfig(ctx, files)
	if err != nil {
		return nil, err
	}
	return read.config(ctx)
}

// settings are the paths of all settings in the schema.
func settings() []string {
	var schema map[string]any
	if err := json.Unmarshal(Schema, &schema); err != nil { // it is embedded
		panic(err)
	}
	return settingsBelow("", schema)
}

func settingsBelow(path string, node map[string]any) []string {
	properties, _ := node["properties"].(map[string]any)
	if len(properties) == 0 {
		return []string{path}
	}
	var paths []string
	for name, child := range properties {
		if child, ok := child.(map[string]any); ok {
			paths = append(paths, settingsBelow(strings.TrimPrefix(path+"."+name, "."), child)...)
		}
	}
	return paths
}

// unreadable says which file cannot be read, and in which line if that is known.
// A parser's own words may quote what stands there, and so a secret.
func unreadable(file string, err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("cannot read the configuration file: %w", unopened(file, err))
	}
	where := file
	if line := regexp.MustCompile(`\bline [0-9]+\b`).FindString(err.Error()); line != "" {
		where += ", " + line
	}
	return fmt.Errorf("cannot read the configuration file %s: it must be valid YAML, TOML or JSON, and be named .yml, .yaml, .toml or .json; "+
		"in YAML, put values that begin with *, &, ! or %% in quotes", where)
}

// unopened says when it is the folder that is missing, which the error of a file
// does not.
func unopened(file string, err error) error {
	folder := filepath.Dir(file)
	if _, missing := os.Stat(folder); errors.Is(missing, fs.ErrNotExist) { //nolint:gosec // the operator names the file
		return fmt.Errorf("the folder %s does not exist", folder)
	}
	return err
}

// at names where a fault is.
func at(path, text string) string {
	if path == "" {
		return text
	}
	return path + ": " + text
}

// withNew adds one fault of each setting that has none yet, unless it speaks of one
// that has: what follows from a fault is not worth telling.
func withNew(known, more []string) []string {
	all := known
	for _, fault := range more {
		path, text, _ := strings.Cut(fault, ":")
		follows := func(k string) bool {
			faulty, _, _ := strings.Cut(k, ":")
			return within(path, faulty) || within(faulty, path) || speaksOf(text, faulty)
		}
		again := func(k string) bool { return strings.HasPrefix(k, path+":") }
		if !slices.ContainsFunc(known, follows) && !slices.ContainsFunc(all, again) {
			all = append(all, fault)
		}
	}
	return all
}

// within reports whether a setting is the other one or stands below it.
func within(path, other string) bool { return path == other || strings.HasPrefix(path, other+".") }

// speaksOf reports whether a text names a setting or one below it. A section's
// name alone may be any word.
func speaksOf(text, path string) bool {
	return strings.Contains(text, path+".") || strings.Contains(path, ".") && strings.Contains(text, path)
}
