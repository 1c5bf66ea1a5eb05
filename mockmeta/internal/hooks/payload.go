package hooks

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// The shapes of Meta's webhooks. They are written down here on their own; the
// courier and its webhook have theirs, so that a misspelt name cannot pass on
// both sides.

// Shapes of status webhooks, by the version of the subscription.
const (
	ShapeV23 = "v23" // with conversation
	ShapeV24 = "v24" // without
	ShapeV26 = "v26" // with contacts and business-scoped user ids
)

type hookBody struct {
	Object string      `json:"object"`
	Entry  []hookEntry `json:"entry"`
}

type hookEntry struct {
	ID      string       `json:"id"`
	Time    int64        `json:"time,omitempty"`
	Changes []hookChange `json:"changes"`
}

type hookChange struct {
	Value any    `json:"value"`
	Field string `json:"field"`
}

type messagesValue struct {
	Product  string        `json:"messaging_product"`
	Metadata hookMetadata  `json:"metadata"`
	Contacts []hookContact `json:"contacts,omitempty"`
	Messages []any         `json:"messages,omitempty"`
	Statuses []hookStatus  `json:"statuses,omitempty"`
	Errors   []hookError   `json:"errors,omitempty"`
}

type hookMetadata struct {
	Display string `json:"display_phone_number"`
	ID      string `json:"phone_number_id"`
}

type hookContact struct {
	Profile hookProfile `json:"profile"`
	WaID    string      `json:"wa_id,omitempty"`
	UserID  string      `json:"user_id,omitempty"`
}

type hookProfile struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"`
}

type hookStatus struct {
	ID           string            `json:"id"`
	Status       string            `json:"status"`
	Timestamp    string            `json:"timestamp"` // unix time, as a string
	RecipientID  string            `json:"recipient_id"`
	UserID       string            `json:"recipient_user_id,omitempty"`
	CallbackData string            `json:"biz_opaque_callback_data,omitempty"`
	Conversation *hookConversation `json:"conversation,omitempty"`
	Pricing      *hookPricing      `json:"pricing,omitempty"`
	Errors       []hookError       `json:"errors,omitempty"`
}

type hookConversation struct {
	ID      string `json:"id"`
	Expires string `json:"expiration_timestamp,omitempty"`
	Origin  struct {
		Type string `json:"type"`
	} `json:"origin"`
}

type hookPricing struct {
	Billable bool   `json:"billable"`
	Model    string `json:"pricing_model"`
	Type     string `json:"type"`
	Category string `json:"category"`
}

type hookError struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
	Href string `json:"href"`
}

// newMessagesValue begins a value about a sending number.
func newMessagesValue(phoneNumberID string) messagesValue {
	number, _ := world.SendingNumberByID(phoneNumberID)
	return messagesValue{Product: "whatsapp", Metadata: hookMetadata{Display: meta.Digits(number.Display), ID: number.ID}}
}

func webhookError(cause *meta.Error) hookError {
	e := hookError{Code: cause.Code, Title: cause.Title, Message: cause.Title, Href: "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}
	e.Data.Details = cause.Details
	return e
}
