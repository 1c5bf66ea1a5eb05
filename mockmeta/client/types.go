package client

import (
	"encoding/json"
	"time"
)

// Channels of a Message.
const (
	WhatsApp = "whatsapp"
	SMS      = "sms"
)

// HandsetState says what a simulated phone does with a WhatsApp message. SMS
// always arrives.
type HandsetState string

// States of a handset. A number that was never set is OnWhatsApp.
const (
	// OnWhatsApp: sent, delivered and read follow.
	OnWhatsApp HandsetState = "on_whatsapp"
	// NotOnWhatsApp: the send is answered 200, then a webhook says failed with
	// code 131026, as Meta does.
	NotOnWhatsApp HandsetState = "not_on_whatsapp"
	// SwitchedOff: only sent comes. When the phone comes back, what has not
	// outlived its time to live is delivered.
	SwitchedOff HandsetState = "switched_off"
)

// Handset is a simulated phone.
type Handset struct {
	Number string       `json:"number"`
	State  HandsetState `json:"state"`
	// OffFor switches the phone off for so long (of the mock's clock) and then
	// on again; State is then SwitchedOff.
	OffFor Duration `json:"off_for,omitzero"`
	// Blocked: the person has blocked the business. Messages stay at sent.
	Blocked bool `json:"blocked,omitempty"`
	// NoReceipts: read receipts are off, read never comes.
	NoReceipts bool `json:"no_receipts,omitempty"`
	// WaID is the WhatsApp id, digits only. Empty: the number's own, which for
	// Brazil, Mexico and Argentina may differ from the number.
	WaID string `json:"wa_id,omitempty"`
	// IdentityHash is what recipient_identity_key_hash must be. Change it when
	// the person's identity has changed. Empty: derived from the number.
	IdentityHash string `json:"identity_key_hash,omitempty"`
	// Username, with @, is the person's name on WhatsApp. Webhooks about people
	// who have one carry business-scoped user ids.
	Username string `json:"username,omitempty"`
	// NumberHidden leaves the number out of the webhooks about what the person
	// sends, as Meta does for people with a username whom the business has not
	// been in touch with. Statuses of messages to the number keep it.
	NumberHidden bool `json:"number_hidden,omitempty"`
}

// Filter picks messages; empty fields match all. To may be written with or
// without plus, spaces and dashes.
type Filter struct {
	To      string
	Channel string
}

// Message is one message that the mock took.
type Message struct {
	// ID is the wamid, or the SID of an SMS.
	ID string `json:"id"`
	// Channel is WhatsApp or SMS.
	Channel string `json:"channel"`
	// From is the phone_number_id of the sending number; empty for an SMS.
	From string `json:"from,omitempty"`
	// To is the recipient as E.164, with plus.
	To string `json:"to"`
	// Code is the code as sent; of an SMS the first run of 4 to 15 digits.
	Code string `json:"code"`
	// Text is what the person reads.
	Text string `json:"text"`
	// Template and Language are those of a WhatsApp template message.
	Template string `json:"template,omitempty"`
	Language string `json:"language,omitempty"`
	// CallbackData is the request's biz_opaque_callback_data.
	CallbackData string    `json:"callback_data,omitempty"`
	At           time.Time `json:"at"`
	// Statuses in the order in which the phone caused them.
	Statuses []Status `json:"statuses"`
	// Request is the body as received; of an SMS the form as a JSON object.
	Request json.RawMessage `json:"request,omitempty"`
	// Answer is the body that the send was answered with.
	Answer json.RawMessage `json:"answer,omitempty"`
	// Webhooks are the newest attempts to report the statuses, at most 50.
	Webhooks []Webhook `json:"webhooks,omitempty"`
}

// Webhook is one try to deliver a webhook.
type Webhook struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	URL    string    `json:"url"`
	// Answer is the HTTP status; 0 when there was none.
	Answer    int    `json:"answer"`
	Signature string `json:"signature,omitempty"`
	Body      string `json:"body"`
}

// Call is one request to the Graph API or the SMS API, taken or refused.
type Call struct {
	At      time.Time       `json:"at"`
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request,omitempty"`
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	// Warning is what the mock has to say about a call that it took.
	Warning string `json:"warning,omitempty"`
}

// Status is one step in the life of a message.
type Status struct {
	// Name is sent, delivered, read or failed.
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	// Code is Meta's error code of a failed status.
	Code int `json:"code,omitempty"`
	// Webhook is the HTTP status that the last delivery of the webhook was
	// answered with; 0 while there was no answer or no subscription.
	Webhook int `json:"webhook"`
}

// Status returns the status of that name, and whether there is one.
func (m Message) Status(name string) (Status, bool) {
	for _, s := range m.Statuses {
		if s.Name == name {
			return s, true
		}
	}
	return Status{}, false
}
