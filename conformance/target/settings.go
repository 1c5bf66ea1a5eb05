package target

import (
	"maps"
	"slices"
	"strings"
)

// Settings are those that a spec may want to be other than usual. A target whose
// command or environment uses the value offers the setting; whatsapp-courier has
// all of them.
type Settings struct {
	// FallbackAfter and FallbackOverall are the times after which a target that
	// claims fallback sends an SMS, such as 2s: the specs wait for no longer ones.
	FallbackAfter, FallbackOverall string
	// SupersedeAfter is by how much a message is later to be clearly the newer one.
	SupersedeAfter string
	// LimitWindow is the time in which a number gets three codes.
	LimitWindow string
	// SMSBudget is how many SMS leave in an hour.
	SMSBudget string
	// RefusedCountry gets no code, as in ISO 3166; RefusedPrefix is how its numbers
	// begin. Both are empty if none is refused.
	RefusedCountry, RefusedPrefix string
	// ProbeEvery is how often a message tries WhatsApp while it has a fault of
	// everyone's.
	ProbeEvery string
	// MinRest is how much of its life a code that is sent has left.
	MinRest string
}

// Usual are the settings of a deployment that nothing is changed of.
func Usual() Settings {
	return Settings{
		FallbackAfter: "2s", FallbackOverall: "4s", SupersedeAfter: "5s",
		LimitWindow: "10m", SMSBudget: "100", ProbeEvery: "30s", MinRest: "10s",
	}
}

// With returns the settings with those in place that change has.
func (s Settings) With(change Settings) Settings {
	for i, to := range s.all() {
		if value := *change.all()[i].text; value != "" {
			*to.text = value
		}
	}
	return s
}

// Access are the words of REQUIREMENTS.md for the settings that are not empty.
func (s Settings) Access() []string {
	var words []string
	for _, setting := range s.all() {
		if *setting.text != "" {
			words = append(words, setting.access)
		}
	}
	return words
}

// setting is one of them: its text, its name in a target file, and the word of
// REQUIREMENTS.md for a target that has it.
type setting struct {
	text         *string
	name, access string
}

func (s *Settings) all() []setting {
	return []setting{
		{&s.FallbackAfter, "FallbackAfter", "fallback-times"},
		{&s.FallbackOverall, "FallbackOverall", "fallback-times"},
		{&s.SupersedeAfter, "SupersedeAfter", "supersede-time"},
		{&s.LimitWindow, "LimitWindow", "limit-window"},
		{&s.SMSBudget, "SMSBudget", "sms-budget"},
		{&s.RefusedCountry, "RefusedCountry", "refused-country"},
		{&s.RefusedPrefix, "RefusedPrefix", "refused-country"},
		{&s.ProbeEvery, "ProbeEvery", "probe-time"},
		{&s.MinRest, "MinRest", "min-rest"},
	}
}

// offered are the words for the settings that it is told.
func (s *Start) offered() []string {
	var words []string
	for _, setting := range (&Settings{}).all() {
		if s.uses(setting.name) {
			words = append(words, setting.access)
		}
	}
	return words
}

// uses reports whether the command, the environment or a file has a value with this
// name; a target that runs already has none.
func (s *Start) uses(name string) bool {
	if s == nil {
		return false
	}
	uses := func(text string) bool { return strings.Contains(text, "."+name) }
	return slices.ContainsFunc(s.Command, uses) || anyOf(s.Env, uses) || anyOf(s.Files, uses)
}

func anyOf(texts map[string]string, is func(string) bool) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(texts)), is)
}

// nameOf is the name in a target file of the setting with this text.
func (s *Settings) nameOf(text *string) string {
	for _, setting := range s.all() {
		if setting.text == text {
			return setting.name
		}
	}
	return ""
}
