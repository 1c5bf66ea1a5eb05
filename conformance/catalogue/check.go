package catalogue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Check compares the requirements with the specs: each label is a requirement,
// each name is there once, specs whose first label is the same stand in one file,
// and each requirement names the files of its specs, its own file first and then
// the others in order. The error has every difference.
func (c Catalogue) Check(specs []Spec) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	names, own, others := map[string]bool{}, map[string]string{}, map[string][]string{}
	for _, spec := range specs {
		if names[spec.Name] {
			fault("two specs are called %q", spec.Name)
		}
		names[spec.Name] = true
		if len(spec.IDs) == 0 {
			fault("%s:%d: %q has no requirement as its label", spec.File, spec.Line, spec.Name)
			continue
		}
		first := spec.IDs[0]
		if known, ok := own[first]; ok && known != spec.File {
			fault("%s:%d: specs of which the first label is %s stand in %s", spec.File, spec.Line, first, known)
		}
		own[first] = spec.File
		for _, id := range spec.IDs {
			if _, ok := c.Requirement(id); !ok {
				fault("%s:%d: the label %q is no requirement", spec.File, spec.Line, id)
			}
			others[id] = append(others[id], spec.File)
		}
	}
	for _, r := range c.Requirements {
		want := filesOf(own[r.ID], others[r.ID])
		if !slices.Equal(r.Files, want) {
			fault("REQUIREMENTS.md, %s: the files of its specs are %s, not %s: the file of its own, then those of others that serve it too, in order",
				r.ID, list(want), list(r.Files))
		}
	}
	return errors.Join(faults...)
}

// filesOf puts the own file, if there is one, before the others in order.
func filesOf(own string, all []string) []string {
	slices.Sort(all)
	all = slices.Compact(all)
	if own == "" {
		return all
	}
	all = slices.DeleteFunc(all, func(file string) bool { return file == own })
	return slices.Insert(all, 0, own)
}

func list(files []string) string {
	if len(files) == 0 {
		return "none"
	}
	return strings.Join(files, ", ")
}
