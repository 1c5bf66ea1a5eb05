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
	tags    []language.Tag
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
	return Matcher{names: names, tags: tags, matcher: language.NewMatcher(tags)}, nil
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
// order of preference: the first that asks for a language that we have. A related
// one that they may have learned at school, or dislike, does not serve them:
// Russian for Ukrainian, Spanish for Basque. Tags that cannot be read are passed
// over: they come from browsers.
func (m Matcher) Match(wanted []string) string {
	for _, w := range wanted {
		tag, err := language.Parse(strings.TrimSpace(w))
		if err != nil {
			continue
		}
		// The library's confidence tells scripts apart, as of Chinese, but calls
		// Spanish a good match for Basque.
		_, i, confidence := m.matcher.Match(tag)
		if confidence >= language.High && written(tag) == written(m.tags[i]) {
			return m.names[i]
		}
	}
	return m.names[0]
}

// written is the language in which speakers of a tag's language read and write.
func written(tag language.Tag) string {
	base, _ := tag.Base()
	switch code := base.String(); code {
	case "nn", "no": // two ways to write one language, learned by all
		return "nb"
	case "gsw":
		return "de"
	default:
		return code
	}
}
