package main

import (
	_ "embed" // For the figures.
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed figures.yml
var figuresFile []byte

// figure is one that the model reckons with.
type figure struct {
	Name string `yaml:"-"`
	// Value is in Unit; Text says what it is of.
	Value float64 `yaml:"value"`
	Unit  string  `yaml:"unit"`
	// Basis is measured, documented or assumed.
	Basis  string `yaml:"basis"`
	Text   string `yaml:"text"`
	Source string `yaml:"source"`
}

// figures are all of them, by their names.
type figures map[string]figure

func readFigures() (figures, error) {
	f := figures{}
	if err := yaml.Unmarshal(figuresFile, &f); err != nil {
		return nil, fmt.Errorf("figures.yml: %w", err)
	}
	for name, one := range f {
		one.Name = name
		f[name] = one
	}
	return f, nil
}

// set puts other values in place, each written as name=value.
func (f figures) set(changes []string) error {
	for _, change := range changes {
		name, text, _ := strings.Cut(change, "=")
		one, known := f[name]
		value, err := strconv.ParseFloat(text, 64)
		switch {
		case !known:
			return fmt.Errorf("--set %s: there is no figure %q; there are %s", change, name, strings.Join(slices.Sorted(maps.Keys(f)), ", "))
		case err != nil || value <= 0:
			return fmt.Errorf("--set %s: write name=value with a value above 0", change)
		}
		one.Value = value
		f[name] = one
	}
	return nil
}

func (f figures) of(name string) float64 { return f[name].Value }
