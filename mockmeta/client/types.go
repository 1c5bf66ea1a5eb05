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

// States of a handset. A number nobody has spoken of is OnWhatsApp.
const (
	// OnWhatsApp: sent, delivered and read follow.
	OnWhatsApp HandsetState = "on_whatsapp"
	// NotOnWhatsApp: the send is answered 200, then a webhook says failed with
	// code 131026, as in life.
	NotOnWhatsApp HandsetState = "not_on_whatsapp"
	// SwitchedOff: only sent comes. When the phone comes back, what has not
	// outlived its time to live is delivered.
	SwitchedOff HandsetState = "switched_off"
)

// Handset is a simulated phone.
type Handset struct {
	Number string       `json:"number"`
	State  HandsetState `json:"state"`
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
}

// Status is one step in the life of a message.
type Status struct {
	// Name is sent, delivered, read or failed.
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	// Code is Meta's error code of a failed status.
	Code int `json:"code,omitempty"`
	// Webhook is the HTTP status that the last delivery of the webhook was
	// answered with; 0 while there was no answer or nobody is subscribed.
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
