// Package target describes a courier that is judged: how it is started, where it
// listens, and what it claims.
package target

import (
	"slices"
	"strings"
)

// Target is a target file.
type Target struct {
	// Version of the file's format, which is 1.
	Version int `yaml:"target"`
	// Name, Revision and URL say in reports what was judged.
	Name     string `yaml:"name"`
	Revision string `yaml:"version"`
	URL      string `yaml:"url"`
	// Start is how the suite starts it; nil if it runs already.
	Start *Start `yaml:"start"`
	// Messages is where Kratos posts messages.
	Messages Endpoint `yaml:"messages"`
	// Events is where Kratos posts its web hooks; nil if it takes none.
	Events *Endpoint `yaml:"events"`
	// Webhook is the URL that Meta posts to; "" if it takes no reports.
	Webhook string `yaml:"webhook"`
	// Template is the name of its authentication template, if that is fixed: the suite
	// makes it in the mock that it starts. "" leaves it to {{.Template}}.
	Template string `yaml:"template"`
	// Mock is a mockmeta that runs already, to which the target sends; nil if the
	// suite starts one.
	Mock *Mock `yaml:"mock"`
	// Kratos is one that runs already and posts to the target; nil if the suite
	// starts one.
	Kratos *Kratos `yaml:"kratos"`
	// Tap is the address, host:port, at which the suite listens for a Kratos that runs
	// already, to pass on to the target what that posts; "" if it posts to the target.
	Tap string `yaml:"tap"`
	// Times are those that it cannot be told.
	Times Times `yaml:"times"`
	// Claims are what it claims, in the words of REQUIREMENTS.md.
	Claims []string `yaml:"claims"`

	// Dir is what {{.TargetDir}} stands for. No file says it: it differs by machine.
	Dir string `yaml:"-"`
}

// Start is a program. Its command, its environment, its files and the URLs of the target
// may have Values in them, as in {{.GraphURL}}.
type Start struct {
	Command []string          `yaml:"command"`
	Env     map[string]string `yaml:"env"`
	// Files are written into {{.Dir}} before it is started, by their names.
	Files map[string]string `yaml:"files"`
	// Ready is a URL that answers 200 once it runs; "" means that any answer of the
	// endpoint for messages will do.
	Ready string `yaml:"ready"`
	// KeepsState says that it goes on where it was when it is started again in the
	// same folder, also after a crash.
	KeepsState bool `yaml:"keeps_state"`
}

// Endpoint is a URL with the header that opens it.
type Endpoint struct {
	URL    string `yaml:"url"`
	Header string `yaml:"header"`
	Value  string `yaml:"value"`
}

// Mock is a running mockmeta.
type Mock struct {
	API     string `yaml:"api"`
	Control string `yaml:"control"`
}

// Kratos is a running Kratos.
type Kratos struct {
	Public string `yaml:"public"`
	Admin  string `yaml:"admin"`
}

// Access is what the target offers to specs, in the words of REQUIREMENTS.md.
// Operator API, other settings and what lies inside are those of
// whatsapp-courier, so no other target has them.
func (t *Target) Access() []string {
	access := []string{"kratos", "messages"}
	if t.Events != nil {
		access = append(access, "events")
	}
	if t.Webhook != "" {
		access = append(access, "webhook")
	}
	if t.Kratos == nil {
		access = append(access, "own-kratos")
	}
	if t.oneHost() && (t.Kratos == nil || t.Tap != "") {
		access = append(access, "tap")
	}
	if t.Start != nil {
		access = append(append(access, "start", "files", "one-process"), t.Start.offered()...)
		access = append(access, t.Times.settings().Access()...)
		if t.Start.Ready != "" {
			access = append(access, "health")
		}
		if t.Start.KeepsState {
			access = append(access, "process")
		}
	}
	slices.Sort(access)
	return slices.Compact(access)
}

// Shared reports whether a part of it is there only once, so that its specs run
// one after the other.
func (t *Target) Shared() bool { return t.Start == nil || t.Kratos != nil || t.Mock != nil }

// Base is the URL of its endpoints for Kratos, without their paths.
func (t *Target) Base() string { return base(t.Messages.URL) }

// Behind returns the target as Kratos sees it behind a proxy at this URL.
func (t *Target) Behind(proxy string) *Target {
	behind := *t
	behind.Messages.URL = proxy + strings.TrimPrefix(t.Messages.URL, t.Base())
	if t.Events != nil {
		events := *t.Events
		events.URL = proxy + strings.TrimPrefix(events.URL, t.Base())
		behind.Events = &events
	}
	return &behind
}

// oneHost reports whether one proxy can stand before all that Kratos posts to.
func (t *Target) oneHost() bool { return t.Events == nil || base(t.Events.URL) == t.Base() }

// base is scheme and host of a URL, which may still have values to fill in.
func base(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
