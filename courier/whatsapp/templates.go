package whatsapp

import (
	"errors"
	"fmt"
	"slices"

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
