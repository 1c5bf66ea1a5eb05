package kratos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// ErrMalformed is wrapped by every error that means: this body is no message of
// Kratos.
var ErrMalformed = errors.New("the body is not a Kratos message")

// maxCode bounds what is taken for a code, in bytes. It is far above what any
// channel delivers and keeps a runaway configuration out of the store.
const maxCode = 64

// wireMessage is the plain context of Kratos' courier (`function(ctx) ctx`), as
// captured from v1.3.1 and v26.2.0. What a client of Kratos controls stays raw,
// so that a strange value there cannot stop the code.
type wireMessage struct {
	Recipient      string                     `json:"recipient"`
	TemplateType   string                     `json:"template_type"`
	TemplateData   map[string]json.RawMessage `json:"template_data"`
	RequestHeaders json.RawMessage            `json:"request_headers"`
}

// ParseMessage reads a message of Kratos v1.3 or later. It fails with
// ErrMalformed for anything else; the error names what is missing and holds
// nothing of the body.
func ParseMessage(body []byte) (courier.Message, error) {
	if !utf8.Valid(body) {
		return courier.Message{}, malformed("it is not valid UTF-8")
	}
	var wire wireMessage
	if err := json.Unmarshal(body, &wire); err != nil {
		// The decoder's own words could quote the body.
		return courier.Message{}, malformed("it is not the JSON object that `function(ctx) ctx` makes; set request_config.body to that jsonnet")
	}
	switch {
	case wire.TemplateType == "":
		return courier.Message{}, malformed("`template_type` is missing; set request_config.body to `function(ctx) ctx`")
	case wire.Recipient == "":
		return courier.Message{}, malformed("`recipient` is missing")
	case wire.TemplateData == nil:
		return courier.Message{}, malformed("`template_data` is missing")
	}
	return wire.read(), nil
}

func (w wireMessage) read() courier.Message {
	m := courier.Message{TemplateType: w.TemplateType}
	purpose, key, known := codeKey(w.TemplateType)
	if !known {
		// The type comes from outside and ends up in views and logs.
		m.TemplateType, m.Undeliverable = clip(w.TemplateType, 64), courier.ReasonUnsupported
	}
	m.Purpose = purpose

	phone, err := courier.ParsePhone(w.Recipient)
	if err != nil && m.Undeliverable == "" {
		m.Undeliverable = courier.ReasonNotAPhone
	}
	m.To = phone

	code, err := courier.NewCode(text(w.TemplateData[key]))
	if (err != nil || len(code.Reveal()) > maxCode) && m.Undeliverable == "" {
		m.Undeliverable, code = courier.ReasonNoCode, courier.Code{}
	}
	m.Code = code

	var minutes float64
	if json.Unmarshal(w.TemplateData["expires_in_minutes"], &minutes) == nil && minutes >= 1 {
		m.Life = time.Duration(min(minutes, maxLifeMinutes) * float64(time.Minute))
	}

	transient := object(w.TemplateData["transient_payload"])
	identity := object(w.TemplateData["identity"])
	m.Asked = channel(text(transient["channel"]))
	m.Flow = clip(text(transient["flow"]), 64)
	m.Token, _ = courier.NewToken(text(transient["delivery_token"])) // without one, nobody asks
	m.Identity = clip(text(identity["id"]), 64)
	m.Locales = locales(transient, identity, w.RequestHeaders)
	return m
}

// maxLifeMinutes keeps expires_in_minutes inside what a Duration can hold; one
// day is longer than any code lives.
const maxLifeMinutes = 24 * 60

// codeKey tells the purpose of a template type and where in template_data its
// code is. Recovery's key is verification_code (captured from Kratos v26.2.0).
func codeKey(templateType string) (purpose courier.Purpose, key string, known bool) {
	switch templateType {
	case "login_code_valid":
		return courier.Login, "login_code", true
	case "registration_code_valid":
		return courier.Registration, "registration_code", true
	case "verification_code_valid":
		return courier.Verification, "verification_code", true
	case "recovery_code_valid":
		return courier.Recovery, "verification_code", true
	}
	return "", "", false
}

// channel allow-lists what the client asks for: it may choose among the
// channels, nothing else.
func channel(asked string) courier.Channel {
	switch c := courier.Channel(asked); c {
	case courier.WhatsApp, courier.SMS:
		return c
	}
	return ""
}

func malformed(detail string) error { return fmt.Errorf("%w: %s", ErrMalformed, detail) }

// text returns a JSON string's value, or "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// object returns a JSON object's members, or nil for anything else.
func object(raw json.RawMessage) map[string]json.RawMessage {
	var o map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimSpace(raw), &o) != nil {
		return nil
	}
	return o
}

// clip cuts s to at most n bytes without cutting a character in two.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
