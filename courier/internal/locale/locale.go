// Package locale picks one of our languages for a person.
package locale

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Matcher picks a language.
type Matcher struct {
	names   []string
	matcher language.Matcher
}

// NewMatcher takes the names of the languages that there are; the first is for
// people whose language is none of them. Names are BCP 47 tags with "-" or, as
// Meta writes them, "_". The error says which name is neither.
func NewMatcher(names ...string) (Matcher, error) {
	tags := make([]language.Tag, 0, len(names))
	for _, name := range names {
		tag, err := language.Parse(name)
		if err != nil {
			return Matcher{}, fmt.Errorf("%q is not a language tag such as en, pt_BR or zh_CN", name)
		}
		tags = append(tags, tag)
	}
	return Matcher{names: names, matcher: language.NewMatcher(tags)}, nil
}

// Without returns a matcher of the remaining languages, in the same order, or
// false when none remains. The names are compared as they were given.
func (m Matcher) Without(names ...string) (Matcher, bool) {
	if len(names) == 0 {
		return m, true
	}
	rest := slices.DeleteFunc(slices.Clone(m.names), func(name string) bool { return slices.Contains(names, name) })
	if len(rest) == 0 {
		return Matcher{}, false
	}
	m, err := NewMatcher(rest...)
	return m, err == nil
}

// Match returns the name that serves a person best, given their BCP 47 tags in
// order of preference. Tags that cannot be read are passed over: they come from
// browsers.
func (m Matcher) Match(wanted []string) string {
	tags := make([]language.Tag, 0, len(wanted))
	for _, w := range wanted {
		if tag, err := language.Parse(strings.TrimSpace(w)); err == nil {
			tags = append(tags, tag)
		}
	}
	_, i, _ := m.matcher.Match(tags...)
	return m.names[i]
}
