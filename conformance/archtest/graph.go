// Package archtest guards the walls between the parts: which package may import
// which. The rules are in rules.go; the test next to them asks `go list` who
// imports whom, and a broken rule prints the way that led there.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Graph holds the direct imports of each package, by import path.
type Graph map[string][]string

// Load asks `go list` for the packages that the patterns match in dir, and for
// everything below them.
func Load(dir string, patterns ...string) (Graph, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Imports"}, patterns...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("go list: %w\n%s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	g := Graph{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		g[p.ImportPath] = p.Imports
	}
}

// Rule is one wall: packages matching From must not reach packages matching To.
// A pattern is an import path; with /... at its end it also means what is below.
type Rule struct {
	// Why tells who breaks the rule what it is for.
	Why string
	// From are the packages on this side; Except are taken out of them.
	From, Except []string
	// To are the packages beyond the wall; Unless are taken out of them.
	To, Unless []string
	// Direct looks at a package's own imports only. Without it, imports of
	// imports count as well.
	Direct bool
}

// Check returns one text for each package that breaks the rule, with the chain
// of imports that does.
func (g Graph) Check(r Rule) []string {
	var broken []string
	for _, from := range g.packages() {
		if !matches(from, r.From) || matches(from, r.Except) {
			continue
		}
		if chain := g.path(from, r); chain != nil {
			broken = append(broken, fmt.Sprintf("%s\n  rule: %s", strings.Join(chain, "\n  -> "), r.Why))
		}
	}
	return broken
}

func (g Graph) packages() []string {
	var all []string
	for name := range g {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// path is the shortest chain of imports from a package through the wall, or nil.
func (g Graph) path(from string, r Rule) []string {
	seen := map[string]bool{from: true}
	for queue := [][]string{{from}}; len(queue) > 0; queue = queue[1:] {
		chain := queue[0]
		for _, next := range g[chain[len(chain)-1]] {
			if seen[next] {
				continue
			}
			seen[next] = true
			longer := append(slices.Clone(chain), next)
			if matches(next, r.To) && !matches(next, r.Unless) {
				return longer
			}
			if !r.Direct {
				queue = append(queue, longer)
			}
		}
	}
	return nil
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, below := strings.CutSuffix(pattern, "/...")
		return name == prefix || below && strings.HasPrefix(name, prefix+"/")
	})
}
