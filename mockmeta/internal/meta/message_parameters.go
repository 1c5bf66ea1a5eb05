package meta

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Limits of a message.
const (
	maxCode         = 15   // characters of a code
	maxCallbackData = 512  // characters of biz_opaque_callback_data
	maxText         = 4096 // characters of free text
)

// Outgoing is a message as the client asked for it.
type Outgoing struct {
	From         string // phone_number_id of the sending number
	To           string // as sent
	Number       string // digits
	CallbackData string
	IdentityHash string
	// Text is free text; the fields below are then empty.
	Text               string
	Template, Language string
	Code               string
}

// ParseOutgoing reads the parameters of POST /{phone-number-id}/messages. The
// version matters for the code of one error; lenient takes unknown fields.
func ParseOutgoing(p *Params, v Version, lenient bool) (Outgoing, *Error) {
	var m Outgoing
	if p.Text("status") != "" {
		p.Fail(Unsimulated("marking a message as read, or typing indicators"))
	}
	if kind := p.Text("type"); slices.Contains(unsimulatedTypes(), kind) {
		p.Fail(Unsimulated("messages of the type " + kind))
	}
	if p.Text("recipient_type") == "group" {
		p.Fail(Unsimulated("groups"))
	}
	p.RefuseUnsimulated(lenient, unsimulatedMessageFields()...)
	if product := p.Need("messaging_product"); product != "whatsapp" {
		p.Fail(ErrorByCode(100).With("Param messaging_product must be one of {WHATSAPP}"))
	}
	if kind := p.Text("recipient_type"); kind != "" && kind != "individual" {
		p.Fail(ErrorByCode(131009).With("recipient_type: must be individual"))
	}
	if p.Text("recipient") != "" && !p.Has("to") { // with both, "to" is taken
		if p.Text("type") == "template" {
			p.Fail(ErrorByCode(131062))
		}
		p.Fail(Unsimulated("text to business-scoped user ids"))
	}
	m.To = p.Need("to")
	var ok bool
	if m.Number, ok = Recipient(m.To); !ok {
		p.Fail(ErrorByCode(131009).With("to: not a phone number with country code"))
	}
	if m.CallbackData = p.Text("biz_opaque_callback_data"); utf8.RuneCountInString(m.CallbackData) > maxCallbackData {
		p.Fail(ErrorByCode(131009).With("biz_opaque_callback_data: longer than %d characters", maxCallbackData))
	}
	m.IdentityHash = p.Text("recipient_identity_key_hash")
	switch kind := p.Text("type"); kind {
	case "template":
		if !p.Has("template") {
			p.Fail(Required("template"))
		}
		m.readTemplate(p.Object("template"), v)
	case "text", "":
		m.readText(p.Object("text"))
	default:
		p.Fail(&Error{HTTP: 400, Code: 100, Title: fmt.Sprintf("Param type must be one of {%s} - got %q.", messageTypes(), kind)})
	}
	if !lenient {
		p.RefuseUnknown()
	}
	return m, p.Err()
}

func (m *Outgoing) readText(p *Params) {
	p.Flag("preview_url")
	if m.Text = p.Need("body"); utf8.RuneCountInString(m.Text) > maxText {
		p.Fail(ErrorByCode(100).With("Param %s must be at most %d characters long.", p.At("body"), maxText))
	}
}

func (m *Outgoing) readTemplate(p *Params, v Version) {
	// invalid is the code for a wrong parameter: 132018 since v23.0 (changelog
	// of 29 May 2025), 131009 before.
	invalid := ErrorByCode(132018)
	if v.Major < 23 {
		invalid = ErrorByCode(131009)
	}
	m.Template = p.Need("name")
	language := p.Object("language")
	m.Language = language.Need("code")
	if policy := language.Text("policy"); policy != "" && policy != "deterministic" {
		p.Fail(ErrorByCode(131009).With("template.language.policy: must be deterministic"))
	}
	var bodies, buttons []string
	for _, c := range p.Objects("components") {
		switch kind := c.Need("type"); kind {
		case "body", "BODY":
			bodies = append(bodies, textParameters(c)...)
		case "button", "BUTTON":
			if sub := c.Need("sub_type"); sub != "url" && sub != "URL" {
				p.Fail(ErrorByCode(131009).With("%s: must be url for a one-time-password button", c.At("sub_type")))
			}
			if c.Need("index") != "0" {
				p.Fail(ErrorByCode(131009).With("%s: the template has one button, with index 0", c.At("index")))
			}
			buttons = append(buttons, textParameters(c)...)
		default:
			p.Fail(ErrorByCode(132012).With("%s: the template has no %s that takes parameters", c.At("type"), kind))
		}
	}
	switch {
	case len(bodies) != 1:
		p.Fail(ErrorByCode(132000).With("body: number of localizable_params (%d) does not match the expected number of params (1)", len(bodies)))
	case len(buttons) != 1:
		p.Fail(ErrorByCode(131008).With("buttons: Button at index 0 of type Url requires a parameter"))
	case wrongCode(bodies[0]) != "":
		p.Fail(invalid.With("%s", wrongCode(bodies[0])))
	case bodies[0] != buttons[0]:
		p.Fail(invalid.With("the code in the button differs from the code in the body"))
	default:
		m.Code = bodies[0]
	}
}

func textParameters(component *Params) []string {
	var out []string
	for _, p := range component.Objects("parameters") {
		if p.Need("type") != "text" {
			p.Fail(ErrorByCode(132012).With("%s: must be text", p.At("type")))
		}
		if p.Text("parameter_name") != "" {
			p.Fail(ErrorByCode(132012).With("%s: the template's parameters have no names", p.At("parameter_name")))
		}
		text := p.Text("text")
		if text == "" {
			p.Fail(ErrorByCode(132012))
		}
		out = append(out, text)
	}
	return out
}
