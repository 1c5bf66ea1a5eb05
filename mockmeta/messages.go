package mockmeta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Limits of a message.
const (
	maxCode         = 15   // characters of a code
	maxCallbackData = 512  // characters of biz_opaque_callback_data
	maxText         = 4096 // characters of free text
)

// outgoing is a message as the client asked for it.
type outgoing struct {
	To           string // as sent
	Number       string // digits
	CallbackData string
	IdentityHash string
	// Text is free text; the fields below are then empty.
	Text               string
	Template, Language string
	Code               string
}

// parseOutgoing reads the parameters of POST /{phone-number-id}/messages. The
// version matters for the code of one error; lenient takes unknown fields.
func parseOutgoing(p *params, v version, lenient bool) (outgoing, *graphError) {
	var m outgoing
	if p.text("status") != "" {
		p.fail(unsimulated("marking a message as read, or typing indicators"))
	}
	if kind := p.text("type"); slices.Contains(unsimulatedTypes(), kind) {
		p.fail(unsimulated("messages of the type " + kind))
	}
	if p.text("recipient_type") == "group" {
		p.fail(unsimulated("groups"))
	}
	p.refuseUnsimulated(lenient, unsimulatedMessageFields()...)
	if product := p.need("messaging_product"); product != "whatsapp" {
		p.fail(errorByCode(100).with("Param messaging_product must be one of {WHATSAPP}"))
	}
	if kind := p.text("recipient_type"); kind != "" && kind != "individual" {
		p.fail(errorByCode(131009).with("recipient_type: must be individual"))
	}
	if p.text("recipient") != "" && !p.has("to") { // with both, "to" is taken
		if p.text("type") == "template" {
			p.fail(errorByCode(131062))
		}
		p.fail(unsimulated("text to business-scoped user ids"))
	}
	m.To = p.need("to")
	var ok bool
	if m.Number, ok = recipient(m.To); !ok {
		p.fail(errorByCode(131009).with("to: not a phone number with country code"))
	}
	if m.CallbackData = p.text("biz_opaque_callback_data"); utf8.RuneCountInString(m.CallbackData) > maxCallbackData {
		p.fail(errorByCode(131009).with("biz_opaque_callback_data: longer than %d characters", maxCallbackData))
	}
	m.IdentityHash = p.text("recipient_identity_key_hash")
	switch kind := p.text("type"); kind {
	case "template":
		if !p.has("template") {
			p.fail(required("template"))
		}
		m.readTemplate(p.object("template"), v)
	case "text", "":
		m.readText(p.object("text"))
	default:
		p.fail(&graphError{HTTP: 400, Code: 100, Title: fmt.Sprintf("Param type must be one of {%s} - got %q.", messageTypes(), kind)})
	}
	if !lenient {
		p.refuseUnknown()
	}
	return m, p.err()
}

func (m *outgoing) readText(p *params) {
	p.flag("preview_url")
	if m.Text = p.need("body"); utf8.RuneCountInString(m.Text) > maxText {
		p.fail(errorByCode(100).with("Param %s must be at most %d characters long.", p.at("body"), maxText))
	}
}

func (m *outgoing) readTemplate(p *params, v version) {
	// invalid is the code for a wrong parameter: 132018 since v23.0 (changelog
	// of 29 May 2025), 131009 before.
	invalid := errorByCode(132018)
	if v.major < 23 {
		invalid = errorByCode(131009)
	}
	m.Template = p.need("name")
	language := p.object("language")
	m.Language = language.need("code")
	if policy := language.text("policy"); policy != "" && policy != "deterministic" {
		p.fail(errorByCode(131009).with("template.language.policy: must be deterministic"))
	}
	var bodies, buttons []string
	for _, c := range p.objects("components") {
		switch kind := c.need("type"); kind {
		case "body", "BODY":
			bodies = append(bodies, textParameters(c)...)
		case "button", "BUTTON":
			if sub := c.need("sub_type"); sub != "url" && sub != "URL" {
				p.fail(errorByCode(131009).with("%s: must be url for a one-time-password button", c.at("sub_type")))
			}
			if c.need("index") != "0" {
				p.fail(errorByCode(131009).with("%s: the template has one button, with index 0", c.at("index")))
			}
			buttons = append(buttons, textParameters(c)...)
		default:
			p.fail(errorByCode(132012).with("%s: the template has no %s that takes parameters", c.at("type"), kind))
		}
	}
	switch {
	case len(bodies) != 1:
		p.fail(errorByCode(132000).with("body: number of localizable_params (%d) does not match the expected number of params (1)", len(bodies)))
	case len(buttons) != 1:
		p.fail(errorByCode(131008).with("buttons: Button at index 0 of type Url requires a parameter"))
	case wrongCode(bodies[0]) != "":
		p.fail(invalid.with("%s", wrongCode(bodies[0])))
	case bodies[0] != buttons[0]:
		p.fail(invalid.with("the code in the button differs from the code in the body"))
	default:
		m.Code = bodies[0]
	}
}

func textParameters(component *params) []string {
	var out []string
	for _, p := range component.objects("parameters") {
		if p.need("type") != "text" {
			p.fail(errorByCode(132012).with("%s: must be text", p.at("type")))
		}
		if p.text("parameter_name") != "" {
			p.fail(errorByCode(132012).with("%s: the template's parameters have no names", p.at("parameter_name")))
		}
		text := p.text("text")
		if text == "" {
			p.fail(errorByCode(132012))
		}
		out = append(out, text)
	}
	return out
}

// sendMessage serves POST /{phone-number-id}/messages.
func (g *graphAPI) sendMessage(call graphCall) (reply, *graphError) {
	p, err := call.params()
	if err != nil {
		return reply{}, err
	}
	m, err := parseOutgoing(p, call.served.version, g.opts.Lenient)
	if err != nil {
		return reply{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := phoneKey(m.Number)
	n := g.sends.next(key)
	chaos := roll(chance{g.chaos.Seed}.about("send", key, n), key, g.chaos.Faults)
	befalls := append(magic(m.Number), chaos.of(onAnswer)...)
	befalls = append(append(befalls, chaos.of(onLife)...), g.faults.take(onAnswer, key, "")...)
	manner := befalls.of(onAnswer)
	switch f, planted := manner.find(client.SendError, ""); {
	case planted:
		return reply{}, errorByCode(f.Code)
	case manner.has(client.Reset):
		return reply{manner: manner}, nil
	case manner.has(client.HTTPError):
		f, _ := manner.find(client.HTTPError, "")
		return reply{status: f.Status, manner: manner}, nil
	}
	t, err := g.sendable(m)
	if err != nil {
		return reply{}, err
	}
	if err := g.limits.admit(key, g.clock.Now()); err != nil {
		return reply{}, err
	}
	befalls = append(befalls, g.faults.take(onLife, key, "")...)
	if t == nil {
		// Nobody has written to us, so that free text is outside the 24 hours.
		befalls = append(befalls, client.Fault{Kind: client.Failed, Code: 131047})
	}
	rec := g.accept(m, t, n, befalls, call.shown())
	return reply{status: http.StatusOK, body: acceptedBody(m, rec, manner), manner: manner, rec: rec}, nil
}

// sendable checks the message against the account. It returns the template, or
// nil for free text. The caller holds w.mu.
func (g *graphAPI) sendable(m outgoing) (*template, *graphError) {
	switch {
	case !g.account.registered:
		return nil, errorByCode(133010)
	case m.Number == digits(DisplayPhoneNumber):
		return nil, errorByCode(131021)
	case m.Template == "":
		return nil, nil
	}
	t := g.templates.find(m.Template, m.Language)
	switch {
	case t == nil || !t.sendable():
		return nil, errorByCode(132001).with("template name (%s) does not exist in %s", m.Template, m.Language)
	case t.Status == statusPaused:
		return nil, errorByCode(132015)
	case t.Status == statusDisabled:
		return nil, errorByCode(132016)
	}
	return t, nil
}

func acceptedBody(m outgoing, rec *record, manner faultSet) any {
	type contact struct {
		Input string `json:"input"`
		WaID  string `json:"wa_id"`
	}
	type message struct {
		ID     string `json:"id"`
		Status string `json:"message_status,omitempty"`
	}
	status := ""
	if m.Template != "" {
		status = "accepted"
	}
	switch {
	case manner.has(client.Held):
		status = "held_for_quality_assessment"
	case manner.has(client.Paused):
		status = "paused"
	}
	return struct {
		Product  string    `json:"messaging_product"`
		Contacts []contact `json:"contacts"`
		Messages []message `json:"messages"`
	}{"whatsapp", []contact{{m.To, rec.waID}}, []message{{rec.ID, status}}}
}

// accept writes the message down and starts its life. The caller holds w.mu.
func (w *world) accept(m outgoing, t *template, n uint64, befalls faultSet, request json.RawMessage) *record {
	now, key := w.clock.Now(), phoneKey(m.Number)
	dice := chance{w.chaos.Seed}.about("life", key, n)
	phone := w.handsets.get(key)
	rec := &record{
		Message: client.Message{
			Channel:      client.WhatsApp,
			To:           "+" + m.Number,
			Code:         m.Code,
			Text:         m.Text,
			Template:     m.Template,
			Language:     m.Language,
			CallbackData: m.CallbackData,
			At:           now,
			Request:      request,
		},
		key:      key,
		waID:     phone.WaID,
		identity: m.IdentityHash,
		dice:     dice,
		faults:   befalls,
		expires:  now.Add(freeTextTTL),
	}
	rec.ID = wamid(rec.waID, outbound, fmt.Sprintf("%016X%02X", dice.Uint64(), dice.Uint64()>>56))
	if t != nil {
		rec.Text = t.body(m.Code)
		rec.shown = t.shown()
		rec.expires = now.Add(t.ttl())
	}
	w.journal.add(rec)
	w.begin(rec)
	w.feed.publish(rec.key, rec.ID)
	return rec
}
