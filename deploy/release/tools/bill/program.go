// Package bill says what a program consists of: a bill of materials in CycloneDX, and the
// licences of everything in it. What is in it, the program itself knows (debug/buildinfo);
// the licence texts come from the module cache.
package bill

import (
	"debug/buildinfo"
	"fmt"
	"path/filepath"
	"runtime/debug"
)

// Program is a built Go program.
type Program struct {
	Name string
	// Package is that of main.
	Package, OS, Arch string
	// Main is the module of the program, Modules all others whose code is in it.
	Main    string
	Modules []debug.Module
	// Go is the version of Go, and of its standard library.
	Go string
}

// Read reads what a program says about itself.
func Read(file string) (Program, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return Program{}, fmt.Errorf("%s: %w", file, err)
	}
	p := Program{Name: filepath.Base(file), Package: info.Path, Main: info.Main.Path, Go: info.GoVersion}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		p.Modules = append(p.Modules, *module)
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "GOOS":
			p.OS = setting.Value
		case "GOARCH":
			p.Arch = setting.Value
		}
	}
	return p, nil
}
