package target

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a target file. claims are those that there are. The error has every
// fault, with its key.
func Load(file string, claims []string) (*Target, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return read(file, raw, claims)
}

// read reads the text of a target file with this name.
func read(file string, raw []byte, claims []string) (*Target, error) {
	t := &Target{}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(t); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := t.Check(claims); err != nil {
		return nil, fmt.Errorf("%s:\n%w", file, err)
	}
	return t, nil
}

// Check finds what is wrong in a target: the error has every fault, with its key.
func (t *Target) Check(claims []string) error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("  "+format, args...))
		}
	}
	fault(t.Version != 1, "target: the format of the file is 1, not %d", t.Version)
	fault(t.Name == "", "name: a report says whose it is")
	fault(t.Start != nil && len(t.Start.Command) == 0, "start.command: name a program, or leave start out if the target runs already")
	fault(t.Start == nil && t.Mock == nil, "mock: the target runs already, so it sends to a mockmeta that runs already: say where that is")
	fault(t.Start != nil && t.Mock != nil, "mock: the suite starts the target, and tells it where its own mock is: leave mock out")
	if t.Start != nil {
		for name := range t.Start.Files {
			fault(!filepath.IsLocal(name) || name == "." || filepath.Base(name) != name, "start.files: %q is no name of a file", name)
		}
	}
	t.checkTap(fault)
	for _, claim := range t.Claims {
		fault(!slices.Contains(claims, claim), "claims: there is no %q; there are %s", claim, strings.Join(claims, ", "))
	}
	fault(slices.Contains(t.Claims, "webhook") && t.Webhook == "", "webhook: it is claimed, so say where Meta posts")
	fault(slices.Contains(t.Claims, "events") && t.Events == nil, "events: they are claimed, so say where Kratos posts its web hooks")
	t.Times.check(t.Start.uses, fault)
	fault(slices.Contains(t.Claims, "fallback") && t.Times.FallbackOverall == 0 && !(t.Start.uses("FallbackAfter") && t.Start.uses("FallbackOverall")),
		"claims: fallback is claimed, so tell it when an SMS is due, by {{.FallbackAfter}} and {{.FallbackOverall}}, or say under times when it sends one")
	filled, err := Values{}.Fill(t)
	if err != nil {
		return errors.Join(append(faults, fmt.Errorf("  %w", err))...)
	}
	for _, f := range filled.urls() {
		u, err := url.Parse(*f.text)
		fault(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "%s: %q is no http URL", f.key, *f.text)
	}
	if t.Start == nil {
		for _, f := range t.texts() {
			fault(strings.Contains(*f.text, "{{"), "%s: the target runs already, so the suite has no values to fill in", f.key)
		}
	}
	return errors.Join(faults...)
}

// checkTap calls fault for what is wrong with the tap.
func (t *Target) checkTap(fault func(bad bool, format string, args ...any)) {
	if t.Tap == "" {
		return
	}
	_, port, err := net.SplitHostPort(t.Tap)
	fault(err != nil || port == "" || port == "0", "tap: %q is no address such as 127.0.0.1:4479", t.Tap)
	fault(t.Kratos == nil, "tap: the suite starts Kratos, and stands between by itself: leave tap out, or say under kratos which one runs already")
	fault(!t.oneHost(), "tap: messages and events are on two hosts, and the suite can stand before one only")
}
