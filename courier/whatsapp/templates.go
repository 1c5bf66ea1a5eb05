package whatsapp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/locale"
)

// Template is the authentication template that carries the code.
type Template struct {
	Name string
	// Languages are the codes under which Meta approved it, such as "en_US".
	// Meta falls back to no other language by itself.
	Languages []string
	// DefaultLanguage is one of them, for people who speak none of them.
	DefaultLanguage string
}

// matcher puts the default first, which is what a person gets for whom nothing
// matches. Meta writes pt_BR where BCP 47 has pt-BR; its own spelling is sent.
func (t Template) matcher() (locale.Matcher, error) {
	if !slices.Contains(t.Languages, t.DefaultLanguage) {
		return locale.Matcher{}, errors.New("whatsapp.template.default_language: must be one of whatsapp.template.languages")
	}
	m, err := locale.NewMatcher(append([]string{t.DefaultLanguage}, t.Languages...)...)
	if err != nil {
		return locale.Matcher{}, fmt.Errorf("whatsapp.template.languages: %w", err)
	}
	return m, nil
}

// Variant returns the configured spelling of a language of the template, as
// courier.Breakers name it, or false when we do not send the template or the
// language. Meta writes the language of a template now en_US and now en-US, as in its
// reference of message_template_status_update (13 April 2026).
func (s *Sender) Variant(templateName, language string) (string, bool) {
	if templateName != s.template.Name {
		return "", false
	}
	spelt := strings.ReplaceAll(language, "-", "_")
	i := slices.IndexFunc(s.template.Languages, func(ours string) bool {
		return strings.EqualFold(strings.ReplaceAll(ours, "-", "_"), spelt)
	})
	if i < 0 {
		return "", false
	}
	return s.template.Languages[i], true
}
