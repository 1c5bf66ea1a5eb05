package whatsapp

import (
	"encoding/json"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// request is the body of POST /{version}/{phone-number-id}/messages for an
// authentication template (Meta, "Authentication templates", November 2025).
type request struct {
	MessagingProduct string   `json:"messaging_product"`
	RecipientType    string   `json:"recipient_type"`
	To               string   `json:"to"`
	Type             string   `json:"type"`
	Template         template `json:"template"`
	CallbackData     string   `json:"biz_opaque_callback_data,omitempty"`
}

type template struct {
	Name       string      `json:"name"`
	Language   language    `json:"language"`
	Components []component `json:"components"`
}

type language struct {
	Code string `json:"code"`
}

type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// newRequest has the code twice: as the text that people read, and as what the
// button copies. The button was created as "otp" but is stored, and therefore
// addressed, as "url". The number keeps its plus sign: without it Meta puts the
// sender's own country code in front.
func newRequest(name, languageCode string, o courier.Outgoing) request {
	code := []parameter{{Type: "text", Text: o.Code.Reveal()}}
	return request{
		MessagingProduct: "whatsapp",
		RecipientType:    "individual",
		To:               o.To.E164(),
		Type:             "template",
		Template: template{
			Name:     name,
			Language: language{Code: languageCode},
			Components: []component{
				{Type: "body", Parameters: code},
				{Type: "button", SubType: "url", Index: "0", Parameters: code},
			},
		},
		CallbackData: o.Reference,
	}
}

// answer is Meta's answer, good or bad.
type answer struct {
	Contacts []struct {
		WAID lenient.Text `json:"wa_id"`
	} `json:"contacts"`
	Messages []struct {
		ID lenient.Text `json:"id"`
	} `json:"messages"`
	Error *wireError `json:"error"`
}

// wireError is the part of Meta's error that is looked at. Its texts are never
// passed on: they may quote the number.
type wireError struct {
	Code    lenient.Text `json:"code"`
	Subcode lenient.Text `json:"error_subcode"`
	Message lenient.Text `json:"message"`
	TraceID lenient.Text `json:"fbtrace_id"`
	Data    details      `json:"error_data"`
}

// details takes {"details": "..."} and the bare string that some answers have.
type details string

func (d *details) UnmarshalJSON(raw []byte) error {
	var object struct {
		Details lenient.Text `json:"details"`
	}
	if json.Unmarshal(raw, &object) != nil {
		_ = object.Details.UnmarshalJSON(raw) // it never fails
	}
	*d = details(object.Details)
	return nil
}

// parseAnswer reads what can be read. A body that is cut or no JSON gives an
// empty answer, and a field of an unexpected type is passed over.
func parseAnswer(body []byte) answer {
	var a answer
	_ = json.Unmarshal(body, &a)
	return a
}

// id is Meta's id of the message, or "".
func (a answer) id() string {
	if len(a.Messages) == 0 {
		return ""
	}
	return string(a.Messages[0].ID)
}

// knownAs is the number by which WhatsApp knows the person, if it is another one
// than the number that the message was sent to. What is no number is not told.
func (a answer) knownAs(to courier.Phone) courier.Phone {
	if len(a.Contacts) == 0 {
		return courier.Phone{}
	}
	e164 := "+" + string(a.Contacts[0].WAID)
	if e164 == to.E164() {
		return courier.Phone{}
	}
	phone, err := courier.ParsePhone(e164)
	if err != nil || phone.E164() == to.E164() {
		return courier.Phone{}
	}
	return phone
}
