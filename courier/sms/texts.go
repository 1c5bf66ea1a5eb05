// Package sms sends codes as text messages. A provider is one file or a few that begin with
// its name: its settings, which app embeds in the configuration, its Sender, and the
// handler of its receipts. Setup is what all of them are given.
package sms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/locale"
)

// fallbackLanguage is what people get whose language has no text.
const fallbackLanguage = "en"

// builtIn are the texts that fit one segment, since each segment is paid: 160
// characters of the GSM alphabet, or 70 where a character is not in it. Codes
// stand first, where a locked phone shows them.
func builtIn() map[string]string {
	return map[string]string{
		"en": "{{.Code}} is your verification code. It expires in {{.Minutes}} min. Do not share it with anyone.",
		"de": "{{.Code}} ist Ihr Code. Er gilt noch {{.Minutes}} Min. Geben Sie ihn niemandem weiter.",
		"es": "{{.Code}} es tu código. Caduca en {{.Minutes}} min. No lo compartas.",
		"fr": "{{.Code}} est votre code. Il expire dans {{.Minutes}} min. Ne le partagez avec personne.",
		"pt": "{{.Code}} é o seu código. Expira em {{.Minutes}} min. Não compartilhe.",
		"hi": "{{.Code}} आपका कोड है। {{.Minutes}} मिनट तक मान्य। किसी को न बताएं।",
		"ar": "{{.Code}} هو رمزك. صالح لمدة {{.Minutes}} دقيقة. لا تشاركه.",
	}
}

// Texts are the wordings of the message, by language.
type Texts struct {
	templates map[string]*template.Template
	languages locale.Matcher
	// origin is the host of the login page, or "".
	origin string
}

// content is what a text may speak of.
type content struct {
	// Code is the code, as the person has to type it.
	Code string
	// Minutes is how long the code is still good for, as a person reads it; see
	// minutes.
	Minutes int
}

// NewTexts takes Go templates by language tag, with {{.Code}} and {{.Minutes}}.
// Without any, there are texts of our own in seven languages; with some, there
// are only those, so that no one gets words that the team has not seen. People
// of other languages get "en", or the only text there is. With an origin, the host of the
// login page, each ends with the line by which browsers offer the code to that page
// (WICG, "Origin-bound one-time codes delivered via SMS"). The error names every fault by
// its path in the configuration file.
func NewTexts(sources map[string]string, origin string) (*Texts, error) {
	if len(sources) == 0 {
		sources = builtIn()
	}
	names := slices.Sorted(maps.Keys(sources))
	fallback := fallbackLanguage
	if len(names) == 1 {
		fallback = names[0]
	}
	var faults []error
	if _, ok := sources[fallback]; !ok {
		faults = append(faults, fmt.Errorf("sms.texts.%s: is missing; people get it whose language is not in sms.texts", fallback))
	}
	t := &Texts{templates: make(map[string]*template.Template, len(names)), origin: origin}
	for _, name := range names {
		parsed, err := parseText(sources[name])
		if err != nil {
			faults = append(faults, fmt.Errorf("sms.texts.%s: %w", name, err))
		}
		t.templates[name] = parsed
	}
	matcher, err := locale.NewMatcher(append([]string{fallback}, names...)...)
	if err != nil {
		faults = append(faults, fmt.Errorf("sms.texts: %w", err))
	}
	t.languages = matcher
	return t, errors.Join(faults...)
}

// parseText makes sure that the text can be made, and that the code is in it.
func parseText(source string) (*template.Template, error) {
	parsed, err := template.New("text").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("is no Go template: %w", err)
	}
	const example = "735104"
	var out strings.Builder
	if err := parsed.Execute(&out, content{Code: example, Minutes: 5}); err != nil {
		return nil, fmt.Errorf("knows {{.Code}} and {{.Minutes}} only: %w", err)
	}
	if !strings.Contains(out.String(), example) {
		return nil, errors.New("must contain {{.Code}}")
	}
	return parsed, nil
}

// render writes the message in the person's language.
func (t *Texts) render(o courier.Outgoing) (string, error) {
	name := t.languages.Match(o.Locales)
	var out strings.Builder
	err := t.templates[name].Execute(&out, content{Code: o.Code.Reveal(), Minutes: minutes(o.Life)})
	if err != nil {
		// The template's own error may quote the code.
		return "", &courier.DeliveryError{
			Class:  courier.ClassConfig,
			Reason: fmt.Sprintf("sms.texts.%s cannot be rendered for this message: keep conditions out of it", name),
		}
	}
	if t.origin != "" {
		fmt.Fprintf(&out, "\n\n@%s #%s", t.origin, o.Code.Reveal())
	}
	return out.String(), nil
}

// minutes are true for the person: whole ones, at least 1, and never more than
// their life by over a quarter of a minute. A code of five minutes that is sent
// within seconds is one of 5, and half a minute later one of 4.
func minutes(life time.Duration) int { return max(1, int((life+15*time.Second)/time.Minute)) }
