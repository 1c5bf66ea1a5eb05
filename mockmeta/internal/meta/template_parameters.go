package meta

import (
	"regexp"
	"strings"
)

// Rules of authentication templates (auth-template pages, November 2025; names
// from pywa).
var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

// Bounds of message_send_ttl_seconds, in seconds.
const (
	minTTL = 30
	maxTTL = 900
)

// MaxExpiry is the longest code_expiration_minutes, in minutes.
const MaxExpiry = 90

// TemplateRequest is what a create or an upsert asks for.
type TemplateRequest struct {
	TemplateSpec
	Languages []string
}

// ParseCreate reads the parameters of POST /{account}/message_templates.
func ParseCreate(p *Params, lenient bool) (TemplateRequest, *Error) {
	p.RefuseUnsimulated(lenient, UnsimulatedTemplateFields()...)
	t := readTemplateHead(p)
	t.Languages = []string{readLanguage(p, p.Need("language"))}
	t.readComponents(p, true)
	p.Flag("allow_category_change") // taken until 2025, without effect since
	if !lenient {
		p.RefuseUnknown()
	}
	return t, p.Err()
}

// ParseUpsert reads the parameters of POST /{account}/upsert_message_templates.
func ParseUpsert(p *Params, lenient bool) (TemplateRequest, *Error) {
	p.RefuseUnsimulated(lenient, UnsimulatedTemplateFields()...)
	t := readTemplateHead(p)
	t.Languages = p.Texts("languages")
	if len(t.Languages) == 0 {
		p.Fail(Required("languages"))
	}
	for _, l := range t.Languages {
		readLanguage(p, l)
	}
	t.readComponents(p, false)
	if !lenient {
		p.RefuseUnknown()
	}
	return t, p.Err()
}

// TemplateEdit is what an edit changes; nil stays.
type TemplateEdit struct {
	TTL        *int
	Components *TemplateSpec
}

// ParseEdit reads the parameters of POST /{template}.
func ParseEdit(p *Params, lenient bool) (TemplateEdit, *Error) {
	var edit TemplateEdit
	p.RefuseUnsimulated(lenient, append(UnsimulatedTemplateFields(), "name", "language")...)
	if category := p.Text("category"); category != "" {
		checkCategory(p, category)
	}
	if p.Has("message_send_ttl_seconds") {
		ttl := readTTL(p)
		edit.TTL = &ttl
	}
	if p.Has("components") {
		var t TemplateRequest
		t.readComponents(p, true)
		edit.Components = &t.TemplateSpec
	}
	if !lenient {
		p.RefuseUnknown()
	}
	return edit, p.Err()
}

// Of is a template after the edit.
func (e TemplateEdit) Of(current TemplateSpec) TemplateSpec {
	edited := current
	if e.Components != nil {
		edited = *e.Components
		edited.Name, edited.TTL = current.Name, current.TTL
	}
	if e.TTL != nil {
		edited.TTL = *e.TTL
	}
	return edited
}

func readTemplateHead(p *Params) TemplateRequest {
	t := TemplateRequest{}
	if t.Name = p.Need("name"); !templateName.MatchString(t.Name) {
		p.Fail(ErrorByCode(100).With("Param name must be 1 to 512 of a-z, 0-9 and _."))
	}
	checkCategory(p, p.Need("category"))
	if format := p.Text("parameter_format"); format != "" && !strings.EqualFold(format, "POSITIONAL") {
		p.Fail(ErrorByCode(100).With("Param parameter_format must be POSITIONAL for an authentication template."))
	}
	t.TTL = readTTL(p)
	return t
}

// checkCategory distinguishes Meta's other categories from words that Meta does not
// have.
func checkCategory(p *Params, category string) {
	switch strings.ToUpper(category) {
	case "AUTHENTICATION":
	case "MARKETING", "UTILITY":
		p.Fail(Unsimulated("templates of the category " + strings.ToUpper(category)))
	default:
		p.Fail(ErrorByCode(100).With("Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}"))
	}
}

func readTTL(p *Params) int {
	if !p.Has("message_send_ttl_seconds") {
		return defaultTTL
	}
	n := p.Number("message_send_ttl_seconds")
	if n != foreverTTL && (n < minTTL || n > maxTTL) {
		p.Fail(ErrorByCode(100).With("Param message_send_ttl_seconds must be between %d and %d, or -1, for an authentication template.", minTTL, maxTTL))
	}
	return n
}

func readLanguage(p *Params, code string) string {
	if err := CheckLanguage(code); err != nil {
		p.Fail(err)
	}
	return code
}

// readComponents reads body, footer and button. An upsert takes no texts: Meta
// writes them in each language.
func (t *TemplateRequest) readComponents(p *Params, texts bool) {
	seen := map[string]int{}
	for _, c := range p.Objects("components") {
		kind := strings.ToUpper(c.Need("type"))
		seen[kind]++
		switch kind {
		case "BODY":
			t.Security = c.Flag("add_security_recommendation")
			if c.Text("text") != "" {
				p.Fail(ErrorByCode(100).With("%s: the body of an authentication template is Meta's", c.At("text")))
			}
		case "FOOTER":
			t.Expiry = c.Number("code_expiration_minutes")
			if c.Has("code_expiration_minutes") && (t.Expiry < 1 || t.Expiry > MaxExpiry) {
				p.Fail(ErrorByCode(100).With("Param %s must be between 1 and %d.", c.At("code_expiration_minutes"), MaxExpiry))
			}
		case "BUTTONS":
			buttons := c.Objects("buttons")
			if len(buttons) != 1 {
				p.Fail(ErrorByCode(100).With("%s: an authentication template has exactly one button", c.At("buttons")))
				continue
			}
			t.readButton(buttons[0], texts)
		default:
			p.Fail(ErrorByCode(100).With("%s: an authentication template has no %s", c.At("type"), kind))
		}
	}
	for _, kind := range []string{"BODY", "FOOTER", "BUTTONS"} {
		if n := seen[kind]; n > 1 || n == 0 && kind != "FOOTER" {
			p.Fail(ErrorByCode(100).With("components: there are %d components of type %s", n, kind))
		}
	}
}
