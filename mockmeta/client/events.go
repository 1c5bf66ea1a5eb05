package client

import "encoding/json"

// Kinds of an Event. A Value must be a word that Meta has for the kind; a
// RawEvent takes what Meta does not have.
const (
	// TemplateStatus changes Template in Language to the status Value, with Reason.
	TemplateStatus = "template_status"
	// TemplateQuality reports that its quality is now Value (default YELLOW).
	TemplateQuality = "template_quality"
	// TemplateCategory reports that its category is now Value (default UTILITY).
	TemplateCategory = "template_category"
	// AccountAlert reports an alert of type Value.
	AccountAlert = "account_alert"
	// AccountUpdate reports the event Value (default ACCOUNT_RESTRICTION).
	AccountUpdate = "account_update"
	// PhoneQuality reports the event Value (default THROUGHPUT_UPGRADE).
	PhoneQuality = "phone_quality"
	// ValueErrors reports an error with Code that belongs to no message.
	ValueErrors = "value_errors"
	// DidNotRequestCode: the person of MessageID says that it was not them.
	DidNotRequestCode = "did_not_request_code"
	// InboundText: the person of Number writes Value.
	InboundText = "inbound_text"
	// UserChangedNumber: the person of Number now has the number Value.
	UserChangedNumber = "user_changed_number"
	// IdentityChanged: the person of Number has a new identity.
	IdentityChanged = "identity_changed"
	// RawEvent sends Payload as the value of Field.
	RawEvent = "raw"
)

// Event is a webhook to send that is not about the life of a message.
type Event struct {
	Kind      string `json:"kind"`
	Value     string `json:"value,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Code      int    `json:"code,omitempty"`
	Template  string `json:"template,omitempty"`
	Language  string `json:"language,omitempty"`
	Number    string `json:"number,omitempty"`
	MessageID string `json:"message_id,omitempty"`
	// Field and Payload are those of a RawEvent.
	Field   string          `json:"field,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}
