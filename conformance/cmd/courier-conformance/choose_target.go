package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// ours is the courier of this repository, of which the suite knows more than a target
// file can say.
const ours = "ours"

// targetChoice is what is judged, as the flags say.
type targetChoice struct{ target, targetDir, targetVersion string }

// load reads the target file, or the one that is built in. claims are those that there
// are.
func (c targetChoice) load(claims []string) (t *target.Target, err error) {
	known := slices.Contains(target.Builtin(), c.target)
	if known {
		t, err = target.LoadBuiltin(c.target, claims)
	} else {
		t, err = target.Load(c.target, claims)
	}
	if err != nil {
		return nil, fmt.Errorf("--target: %w", err)
	}
	t.Revision = cmp.Or(c.targetVersion, t.Revision)
	switch {
	case !t.NeedsDir() && c.targetDir != "":
		return nil, fmt.Errorf("--target-dir: %s has no {{.TargetDir}} that it could stand for", c.target)
	case !t.NeedsDir():
		return t, nil
	case known:
		t.Dir = cmp.Or(c.targetDir, os.Getenv(dirVariable(c.target)))
		if t.Dir == "" {
			return nil, fmt.Errorf("--target %s: name the folder of the program by --target-dir or %s; it is not part of this suite: %s", c.target, dirVariable(c.target), t.URL)
		}
	default:
		t.Dir = cmp.Or(c.targetDir, filepath.Dir(c.target))
	}
	if info, err := os.Stat(t.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--target-dir: %s is no folder", t.Dir)
	}
	if t.Dir, err = filepath.Abs(t.Dir); err != nil {
		return nil, err
	}
	t.Dir, err = filepath.EvalSymlinks(t.Dir) // Programs name their files by it.
	return t, err
}

// flags repeat it in another run. Where its folder is differs by machine.
func (c targetChoice) flags() []string {
	var all []string
	if c.target != ours {
		all = append(all, "--target", filepath.Base(c.target))
	}
	if c.targetDir != "" {
		all = append(all, "--target-dir", filepath.Base(c.targetDir))
	}
	if c.targetVersion != "" {
		all = append(all, "--target-version", c.targetVersion)
	}
	return all
}

// dirVariable names the folder of a target that is built in, such as ORY_EXPRESS_DIR.
func dirVariable(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_DIR"
}
