package mockmeta

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The shapes of Meta's webhooks. They are written down here on their own; the
// courier and its webhook have theirs, so that a misspelt name cannot pass on
// both sides.

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
	Product  string       `json:"messaging_product"`
	Metadata hookMetadata `json:"metadata"`
	Statuses []hookStatus `json:"statuses,omitempty"`
}

type hookMetadata struct {
	Display string `json:"display_phone_number"`
	ID      string `json:"phone_number_id"`
}

type hookStatus struct {
	ID           string       `json:"id"`
	Status       string       `json:"status"`
	Timestamp    string       `json:"timestamp"` // unix seconds, as a string
	RecipientID  string       `json:"recipient_id"`
	CallbackData string       `json:"biz_opaque_callback_data,omitempty"`
	Pricing      *hookPricing `json:"pricing,omitempty"`
	Errors       []hookError  `json:"errors,omitempty"`
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

// statusValue is the value of a "messages" change that carries one status.
// Pricing is on sent and on one of delivered and read.
func statusValue(rec *record, name string, at time.Time, cause *graphError) messagesValue {
	st := hookStatus{
		ID:           rec.ID,
		Status:       name,
		Timestamp:    strconv.FormatInt(at.Unix(), 10),
		RecipientID:  rec.number,
		CallbackData: rec.CallbackData,
	}
	if name == statusSent || name == statusDelivered {
		st.Pricing = &hookPricing{Billable: true, Model: "PMP", Type: "regular", Category: "authentication"}
	}
	if cause != nil {
		e := hookError{Code: cause.Code, Title: cause.Title, Message: cause.Title, Href: "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}
		e.Data.Details = cause.Details
		st.Errors = []hookError{e}
	}
	return messagesValue{
		Product:  "whatsapp",
		Metadata: hookMetadata{Display: digits(DisplayPhoneNumber), ID: PhoneNumberID},
		Statuses: []hookStatus{st},
	}
}

// encodeHook writes a body exactly as it goes over the wire.
func encodeHook(changes []change) []byte {
	entry := hookEntry{ID: WABAID}
	for _, c := range changes {
		entry.Changes = append(entry.Changes, hookChange{Value: c.value, Field: c.field})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(hookBody{Object: "whatsapp_business_account", Entry: []hookEntry{entry}}); err != nil {
		panic(err) // our own types always marshal
	}
	return escapeASCII(bytes.TrimSpace(b.Bytes()))
}
