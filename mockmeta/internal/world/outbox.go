package world

import (
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Outbox is where everything goes that leaves the mock.
//
// Announce, Receipt and Forget are called with the world's lock: they must not
// wait, and must not use the world before they have returned.
type Outbox interface {
	// Announce queues a webhook.
	Announce(callback string, c Change)
	// Receipt queues a delivery receipt of an SMS.
	Receipt(r Receipt)
	// Forget drops what is queued.
	Forget()
	// Settle waits until nothing is being sent, but not for ever.
	Settle()
}

// Change is one thing that a webhook reports.
type Change struct {
	Event Event
	At    time.Time
	// About names the message; changes about one can overtake each other.
	About string
	// Faults are what happens to this webhook.
	Faults FaultSet
	// Tried takes a note of every attempt to deliver; nil when none is kept.
	Tried func(client.Webhook)
}

// Event is a [StatusEvent], [TemplateEvent], [AccountEvent] or [PersonEvent].
type Event interface{ event() }

// StatusEvent is a new status of a message.
type StatusEvent struct {
	ID, Status, CallbackData string
	// From is the phone_number_id of the sending number.
	From      string
	Recipient Person
	// Cause of a failed status; nil for others.
	Cause *meta.Error
	// Delivered: the message had that status before.
	Delivered bool
}

// TemplateEvent is something that happened to a template: its kind is
// client.TemplateStatus, TemplateQuality or TemplateCategory.
type TemplateEvent struct {
	Kind, Value, Reason string
	Template            meta.Template
}

// AccountEvent is any other event that the control API raised.
type AccountEvent struct{ client.Event }

// PersonEvent is what a person did: its kind is client.InboundText,
// DidNotRequestCode, UserChangedNumber or IdentityChanged.
type PersonEvent struct {
	Kind, Value string
	// From is the phone_number_id of the sending number that the person wrote to.
	From   string
	Author Person
	// ReplyTo and Button are the message and the words of a DidNotRequestCode.
	ReplyTo, Button string
	// Serial makes the id of the message unique.
	Serial string
}

// Person is the owner of a phone.
type Person struct {
	// Key is the one spelling of their number, WaID what Meta makes of it.
	Key, WaID string
	Handset   client.Handset
}

func (StatusEvent) event()   {}
func (TemplateEvent) event() {}
func (AccountEvent) event()  {}
func (PersonEvent) event()   {}

// Receipt is a new status of an SMS, for the callback that its sender named.
type Receipt struct {
	ID, Callback, From, To string
	Status                 string
	Code                   int // of the provider; 0 is none
	At                     time.Time
	// Tried takes a note of the attempt to deliver.
	Tried func(client.Webhook)
}

// announce sends a change to the callback that gets the webhooks of what it is about.
// Without a subscription it is lost, as it is at Meta.
func (s *state) announce(c Change) {
	about := ""
	switch e := c.Event.(type) {
	case StatusEvent:
		about = e.From
	case PersonEvent:
		about = e.From
	}
	if callback := s.target(about); callback != "" {
		s.outbox.Announce(callback, c)
		return
	}
	s.warnOnce("no webhooks are sent: there is no callback (--webhook-url), or the app is not subscribed to the account")
}
