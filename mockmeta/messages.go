package mockmeta

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Limits of a template message.
const (
	maxCode         = 15  // characters of a code
	maxCallbackData = 512 // characters of biz_opaque_callback_data
)

// templateSend is an authentication template message as the client asked for it.
type templateSend struct {
	To           string // as sent
	Number       string // digits
	Template     string
	Language     string
	Code         string
	CallbackData string
	IdentityHash string
}

// parseTemplateSend reads the body of POST /{phone-number-id}/messages.
func parseTemplateSend(body []byte) (templateSend, *graphError) {
	var m templateSend
	p, err := parseParams(body)
	if err != nil {
		return m, err
	}
	if product := p.text("messaging_product"); product != "whatsapp" {
		p.fail(&graphError{HTTP: 400, Code: 100, Title: "The parameter messaging_product is required."})
	}
	if kind := p.text("recipient_type"); kind != "" && kind != "individual" {
		p.fail(errorByCode(131009).with("recipient_type: must be individual"))
	}
	if p.text("recipient") != "" && !p.has("to") {
		p.fail(errorByCode(131062))
	}
	m.To = p.need("to")
	var ok bool
	if m.Number, ok = recipient(m.To); !ok {
		p.fail(errorByCode(131009).with("to: not a phone number with country code"))
	}
	if kind := p.need("type"); kind != "template" {
		p.fail(errorByCode(131051).with("type: only template messages can be sent here"))
	}
	if m.CallbackData = p.text("biz_opaque_callback_data"); utf8.RuneCountInString(m.CallbackData) > maxCallbackData {
		p.fail(errorByCode(131009).with("biz_opaque_callback_data: longer than %d characters", maxCallbackData))
	}
	m.IdentityHash = p.text("recipient_identity_key_hash")
	m.readTemplate(p.object("template"))
	p.refuseUnknown()
	return m, p.err()
}

func (m *templateSend) readTemplate(p *params) {
	m.Template = p.need("name")
	language := p.object("language")
	m.Language = language.need("code")
	if policy := language.text("policy"); policy != "" && policy != "deterministic" {
		p.fail(errorByCode(131009).with("template.language.policy: must be deterministic"))
	}
	var bodies, buttons []string
	for _, c := range p.objects("components") {
		switch kind := c.need("type"); kind {
		case "body":
			bodies = append(bodies, textParameters(c)...)
		case "button":
			if c.need("sub_type") != "url" {
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
	case bodies[0] != buttons[0]:
		p.fail(errorByCode(131009).with("the code in the body differs from the code in the button"))
	case utf8.RuneCountInString(bodies[0]) > maxCode:
		p.fail(errorByCode(131009).with("the code is longer than %d characters", maxCode))
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

// sendMessage answers POST /{phone-number-id}/messages.
func (s *Server) sendMessage(call graphCall) (any, *graphError) {
	m, err := parseTemplateSend(call.body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code, planted := s.faults.takeSendError(m.Number); planted {
		return nil, errorByCode(code)
	}
	t := s.templates.find(m.Template, m.Language)
	if t == nil {
		return nil, errorByCode(132001).with("template name (%s) does not exist in %s", m.Template, m.Language)
	}
	if m.Number == digits(DisplayPhoneNumber) {
		return nil, errorByCode(131021)
	}
	id := s.accept(m, t, call.body)
	type contact struct {
		Input string `json:"input"`
		WaID  string `json:"wa_id"`
	}
	type message struct {
		ID     string `json:"id"`
		Status string `json:"message_status"`
	}
	return struct {
		Product  string    `json:"messaging_product"`
		Contacts []contact `json:"contacts"`
		Messages []message `json:"messages"`
	}{"whatsapp", []contact{{m.To, m.Number}}, []message{{id, "accepted"}}}, nil
}

// accept writes the message down and starts its life. The caller holds s.mu.
func (s *Server) accept(m templateSend, t *template, body []byte) string {
	w := wordingOf(t.Language)
	rec := &record{
		Message: client.Message{
			ID:           wamid(m.Number, outbound, s.nextID()),
			Channel:      client.WhatsApp,
			To:           "+" + m.Number,
			Code:         m.Code,
			Text:         t.body(m.Code),
			Template:     t.Name,
			Language:     t.Language,
			CallbackData: m.CallbackData,
			At:           s.clock.Now(),
			Request:      json.RawMessage(body),
		},
		number:  m.Number,
		footer:  t.footer(),
		button:  w.Copy,
		expires: s.clock.Now().Add(t.TTL),
	}
	s.journal.add(rec)
	s.begin(rec)
	s.feed.publish(rec.number, rec.ID)
	return rec.ID
}
