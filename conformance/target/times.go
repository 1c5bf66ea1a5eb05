package target

import "time"

// What a spec may wait for that takes as long as the target says.
const (
	// WaitFallback: an SMS, or the moment after which none can follow any more.
	WaitFallback = "fallback"
	// WaitFallbackBefore: an SMS to somebody, before anything else happens.
	WaitFallbackBefore = "fallback before"
	// WaitEnd: the end of the run, at which its promises are looked at. Others run until then.
	WaitEnd = "end"
	// WaitNewer: until a message is clearly the newer one.
	WaitNewer = "newer"
	// WaitWindow: until a number gets codes again.
	WaitWindow = "window"
	// WaitProbe: until WhatsApp is tried again.
	WaitProbe = "probe"
)

// Times are those of a target that cannot be told others, or that runs already. What is
// zero is told to it as one of the Settings, or is not known.
type Times struct {
	// FallbackAfter is when an SMS follows a message that WhatsApp has taken and does
	// not deliver; FallbackOverall is when it follows at the latest, counted from when
	// the target took the message.
	FallbackAfter   time.Duration `yaml:"fallback_after"`
	FallbackOverall time.Duration `yaml:"fallback_overall"`
	// SupersedeAfter is by how much a message is later to be clearly the newer one.
	SupersedeAfter time.Duration `yaml:"supersede_after"`
	// LimitWindow is the time in which a number gets three codes.
	LimitWindow time.Duration `yaml:"limit_window"`
	// ProbeEvery is how often a message tries WhatsApp while it has a fault of
	// everyone's.
	ProbeEvery time.Duration `yaml:"probe_every"`
}

// statement is one of them: its key in a target file, and where it stands in Settings.
type statement struct {
	key   string
	value time.Duration
	text  *string
}

func (t Times) all(s *Settings) []statement {
	return []statement{
		{"fallback_after", t.FallbackAfter, &s.FallbackAfter},
		{"fallback_overall", t.FallbackOverall, &s.FallbackOverall},
		{"supersede_after", t.SupersedeAfter, &s.SupersedeAfter},
		{"limit_window", t.LimitWindow, &s.LimitWindow},
		{"probe_every", t.ProbeEvery, &s.ProbeEvery},
	}
}

// settings are those that a target with these times has, whatever it is told.
func (t Times) settings() Settings {
	var s Settings
	for _, one := range t.all(&s) {
		if one.value > 0 {
			*one.text = one.value.String()
		}
	}
	return s
}

// Wait is how long a spec waits for the target that waits for each of these.
func (t Times) Wait(kinds []string) time.Duration {
	var sum time.Duration
	for _, kind := range kinds {
		switch kind {
		case WaitFallback, WaitFallbackBefore:
			sum += t.FallbackOverall
		case WaitNewer:
			sum += t.SupersedeAfter
		case WaitWindow:
			sum += t.LimitWindow
		case WaitProbe:
			sum += t.ProbeEvery
		}
	}
	return sum
}

// Longest is more than any spec waits for the target.
func (t Times) Longest() time.Duration {
	return t.Wait([]string{WaitFallback, WaitFallbackBefore, WaitNewer, WaitWindow, WaitProbe})
}

// check calls fault for what is wrong with the times; told says which settings the
// target takes from the suite, by their names.
func (t Times) check(told func(name string) bool, fault func(bad bool, format string, args ...any)) {
	var s Settings
	for _, one := range t.all(&s) {
		name := s.nameOf(one.text)
		fault(one.value < 0, "times.%s: %s is no time to wait for", one.key, one.value)
		fault(one.value > 0 && told(name), "times.%s: the suite tells it that time by {{.%s}}: leave one of them out", one.key, name)
	}
	one := t.FallbackAfter == 0 || t.FallbackOverall == 0
	fault(one && t.FallbackAfter != t.FallbackOverall,
		"times: fallback_after and fallback_overall belong together; a target that has only one of them has the same twice")
	fault(!one && t.FallbackOverall < t.FallbackAfter,
		"times.fallback_overall: %s is before fallback_after, %s", t.FallbackOverall, t.FallbackAfter)
}

// SettingsFor are those with which a target is started, or runs, when a spec wants these
// changes; a nil target is the courier of this repository. What a target states wins.
func (t *Target) SettingsFor(change Settings) Settings {
	s := Usual().With(change)
	if t != nil {
		s = s.With(t.Times.settings())
	}
	return s
}
