// Package vuln judges what govulncheck finds: a vulnerability that our code calls is a
// fault, unless go.mod asks for a Go that has the fix already and only the Go at hand is
// older.
package vuln

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"slices"
	"strings"
)

// Verdict says what a finding means.
type Verdict string

// The verdicts, the worst first.
const (
	// Called code is vulnerable.
	Called Verdict = "CALLED"
	// OlderGo is called too, but only because the Go at hand is older than the one that
	// go.mod asks for.
	OlderGo Verdict = "older Go"
	// BuiltIn code is vulnerable and part of a tool; whether it is called was not looked at.
	BuiltIn Verdict = "built in"
	// Present code is vulnerable, and our code does not call it.
	Present Verdict = "not called"
)

// Finding is one vulnerability in one module.
type Finding struct {
	ID, Summary string
	// Module is its path, or "stdlib"; Found and Fixed are versions, Fixed "" when there is
	// no fix.
	Module, Found, Fixed string
	Verdict              Verdict
}

// message is one of govulncheck's, of those kinds that are looked at.
type message struct {
	Config *struct {
		ScanLevel string `json:"scan_level"`
	} `json:"config"`
	OSV *struct {
		ID      string `json:"id"`
		Summary string `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV          string  `json:"osv"`
		FixedVersion string  `json:"fixed_version"`
		Trace        []frame `json:"trace"`
	} `json:"finding"`
}

type frame struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Package  string `json:"package"`
	Function string `json:"function"`
}

// Read judges govulncheck's messages (-format json). The toolchain is that of go.mod, such
// as go1.26.10, or "". The worst comes first.
func Read(messages io.Reader, toolchain string) ([]Finding, error) {
	found := make(map[string]Finding)
	summaries := make(map[string]string)
	decoder, packages := json.NewDecoder(messages), false
	for {
		var m message
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("cannot read govulncheck's answer: %w", err)
		}
		if m.Config != nil {
			packages = m.Config.ScanLevel == "package"
		}
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 {
			continue
		}
		at := m.Finding.Trace[0]
		f := Finding{ID: m.Finding.OSV, Module: at.Module, Found: at.Version, Fixed: m.Finding.FixedVersion, Verdict: Present}
		if at.Function != "" || packages && at.Package != "" {
			f.Verdict = called(f, toolchain)
		}
		if packages && f.Verdict == Called {
			f.Verdict = BuiltIn
		}
		if known, ok := found[f.ID+f.Module]; !ok || rank(f) < rank(known) {
			found[f.ID+f.Module] = f
		}
	}
	var all []Finding
	for _, f := range found {
		f.Summary = summaries[f.ID]
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(a.Module, b.Module), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

func called(f Finding, toolchain string) Verdict {
	fixed := "go" + strings.TrimPrefix(f.Fixed, "v")
	if f.Module == "stdlib" && version.IsValid(fixed) && version.IsValid(toolchain) && version.Compare(fixed, toolchain) <= 0 {
		return OlderGo
	}
	return Called
}

func rank(f Finding) int {
	return slices.Index([]Verdict{Called, OlderGo, BuiltIn, Present}, f.Verdict)
}
