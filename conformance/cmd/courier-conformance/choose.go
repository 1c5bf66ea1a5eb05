package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
)

// choice is what a run is about, as the flags say.
type choice struct {
	profiles []string
	focus    []string
	quick    bool
}

// everything is the scope of a run that leaves nothing out.
const everything = "everything"

// scope says it for the reports.
func (c choice) scope() string {
	var parts []string
	if len(c.profiles) > 0 {
		parts = append(parts, "profile "+strings.Join(c.profiles, ", "))
	}
	if len(c.focus) > 0 {
		parts = append(parts, "focus "+strings.Join(c.focus, ", "))
	}
	if c.quick {
		parts = append(parts, "quick")
	}
	if len(parts) == 0 {
		return everything
	}
	return strings.Join(parts, "; ")
}

// flags are the flags that choose the same again.
func (c choice) flags() []string {
	var all []string
	for _, p := range c.profiles {
		all = append(all, "--profile", p)
	}
	for _, f := range c.focus {
		all = append(all, "--focus", f)
	}
	if c.quick {
		all = append(all, "--quick")
	}
	return all
}

// of returns the names that are chosen. A filter that matches nothing is an error.
func (c choice) of(requirements catalogue.Catalogue, specs []catalogue.Spec, measured map[string]runner.Measured) (map[string]bool, error) {
	for _, name := range c.profiles {
		if !catalogue.Has(requirements.Profiles, name) {
			return nil, fmt.Errorf("--profile %s: there are %s", name, names(requirements.Profiles))
		}
	}
	for _, focus := range c.focus {
		if !slices.ContainsFunc(specs, func(s catalogue.Spec) bool { return matches(s, focus) }) {
			return nil, fmt.Errorf("--focus %q matches no ID and no name of a spec; --list shows them", focus)
		}
	}
	quick := runner.Quick(specs, measured)
	chosen := map[string]bool{}
	for _, spec := range specs {
		inProfile := len(c.profiles) == 0 || slices.ContainsFunc(spec.IDs, func(id string) bool {
			r, _ := requirements.Requirement(id)
			return slices.Contains(c.profiles, r.Profile)
		})
		inFocus := len(c.focus) == 0 || slices.ContainsFunc(c.focus, func(f string) bool { return matches(spec, f) })
		if inProfile && inFocus && (!c.quick || quick[spec.Name]) {
			chosen[spec.Name] = true
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no spec is in all that was chosen (" + c.scope() + ")")
	}
	return chosen, nil
}

// matches reports whether a spec has this ID, or this in its name.
func matches(spec catalogue.Spec, focus string) bool {
	return slices.Contains(spec.IDs, focus) || strings.Contains(spec.Name, focus)
}

func names(words []catalogue.Word) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = w.Name
	}
	return strings.Join(all, ", ")
}
