package bill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// listed is a package, as go list describes it.
type listed struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// Parts are the standard library and the modules of programs, with their licences. The
// folder is that of the source.
func Parts(ctx context.Context, folder string, programs []Program) ([]Part, error) {
	packages, err := list(ctx, folder, programs)
	if err != nil {
		return nil, err
	}
	modules := make(map[string][]string)
	at := make(map[string]string)
	for _, p := range packages {
		if !p.Standard && !p.Module.Main {
			key := p.Module.Path + "@" + p.Module.Version
			modules[key] = append(modules[key], p.Dir)
			at[key] = p.Module.Dir
		}
	}
	std, err := standard(ctx, folder, programs[0].Go)
	if err != nil {
		return nil, err
	}
	parts := []Part{std}
	for _, module := range modulesOf(programs) {
		key := module.Path + "@" + module.Version
		if at[key] == "" {
			return nil, fmt.Errorf("%s is in a program, but not in the source in %s", key, folder)
		}
		part := Part{Name: module.Path, Version: module.Version, Sum: module.Sum}
		if part.Texts, err = Texts(at[key], modules[key]); err != nil {
			return nil, err
		}
		if part.Licences, err = Identify(key, part.Texts); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// modulesOf are those of all programs, each once, by path.
func modulesOf(programs []Program) []debug.Module {
	var all []debug.Module
	for _, p := range programs {
		all = append(all, p.Modules...)
	}
	slices.SortFunc(all, func(a, b debug.Module) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(all, func(a, b debug.Module) bool { return a.Path == b.Path })
}

// list are all packages that programs are built of, on their platform.
func list(ctx context.Context, folder string, programs []Program) ([]listed, error) {
	args := []string{"list", "-deps", "-json=Dir,Standard,Module"}
	for _, p := range programs {
		args = append(args, p.Package)
	}
	run := exec.CommandContext(ctx, "go", args...)
	run.Dir = folder
	run.Env = append(os.Environ(), "GOOS="+programs[0].OS, "GOARCH="+programs[0].Arch, "CGO_ENABLED=0")
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w", folder, err)
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// standard is the standard library of the Go at hand, which has built the programs.
func standard(ctx context.Context, folder, version string) (Part, error) {
	run := exec.CommandContext(ctx, "go", "env", "GOROOT")
	run.Dir = folder
	root, err := run.Output()
	if err != nil {
		return Part{}, fmt.Errorf("go env GOROOT: %w", err)
	}
	content, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "LICENSE"))
	if err != nil {
		return Part{}, err
	}
	part := Part{Name: "std", Version: version, Texts: []Text{{File: "LICENSE", Content: string(content)}}}
	part.Licences, err = Identify("std", part.Texts)
	return part, err
}
