package target

import (
	"embed" // For the files of known couriers.
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

//go:embed builtin/*.yml
var builtin embed.FS

// Builtin are the names of the couriers whose target file is built in.
func Builtin() []string {
	files, _ := fs.Glob(builtin, "builtin/*.yml") // The pattern is a good one.
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".yml"))
	}
	return names
}

// LoadBuiltin reads a target file that is built in.
func LoadBuiltin(name string, claims []string) (*Target, error) {
	raw, err := builtin.ReadFile("builtin/" + name + ".yml")
	if err != nil {
		return nil, fmt.Errorf("there is no target %s", name)
	}
	return read(name, raw, claims)
}

// NeedsDir reports whether it has to be said where its own program is.
func (t *Target) NeedsDir() bool { return t.Start.uses("TargetDir") }
