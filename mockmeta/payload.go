package mockmeta

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
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

func newMessagesValue() messagesValue {
	return messagesValue{Product: "whatsapp", Metadata: hookMetadata{Display: meta.Digits(DisplayPhoneNumber), ID: PhoneNumberID}}
}

// statusValue is the value of a "messages" change that carries one status.
// Pricing is on sent and on the first of delivered and read; conversation, in
// the v23 shape, too.
func (w *world) statusValue(rec *record, name string, at time.Time, unit time.Duration, cause *meta.Error) messagesValue {
	st := hookStatus{
		ID:           rec.ID,
		Status:       name,
		Timestamp:    strconv.FormatInt(at.UnixNano()/int64(unit), 10),
		RecipientID:  rec.waID,
		CallbackData: rec.CallbackData,
	}
	first := name == meta.StatusSent || name == meta.StatusDelivered || name == meta.StatusRead && !rec.had(meta.StatusDelivered)
	if first {
		st.Pricing = &hookPricing{Billable: true, Model: "PMP", Type: "regular", Category: "authentication"}
	}
	if cause != nil {
		st.Errors = []hookError{webhookError(cause)}
	}
	v := newMessagesValue()
	if to := recipientOf(w.opts.Shape, w.handsets.get(rec.key), rec.waID, rec.key, name); to.userID != "" {
		st.UserID = to.userID
		v.Contacts = []hookContact{to.contact()}
	}
	if w.opts.Shape == ShapeV23 && first {
		sum := sha256.Sum256([]byte(rec.ID))
		st.Conversation = &hookConversation{ID: hex.EncodeToString(sum[:16])}
		st.Conversation.Origin.Type = "authentication"
		if name == meta.StatusSent {
			st.Conversation.Expires = strconv.FormatInt(at.Add(24*time.Hour).Unix(), 10)
		}
	}
	v.Statuses = []hookStatus{st}
	return v
}

func webhookError(cause *meta.Error) hookError {
	e := hookError{Code: cause.Code, Title: cause.Title, Message: cause.Title, Href: "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}
	e.Data.Details = cause.Details
	return e
}

// layOut puts changes into entries: two statuses share a value, two values share
// an entry, so that a batch shows all ways in which Meta may group.
func layOut(changes []change) []hookEntry {
	var entries []hookEntry
	for i, c := range changes {
		last := len(entries) - 1
		v, isStatus := c.value.(messagesValue)
		isStatus = isStatus && len(v.Statuses) == 1 && len(v.Contacts) == 0
		if isStatus && i%4 == 1 {
			if prev := &entries[last].Changes[len(entries[last].Changes)-1]; prev.Field == c.field {
				if w, ok := prev.Value.(messagesValue); ok && len(w.Statuses) == 1 && len(w.Contacts) == 0 {
					w.Statuses = append(w.Statuses[:1:1], v.Statuses[0])
					prev.Value = w
					continue
				}
			}
		}
		if i%4 == 0 || i%4 == 3 || entries[last].Time != c.time {
			entries = append(entries, hookEntry{ID: WABAID, Time: c.time})
			last++
		}
		entries[last].Changes = append(entries[last].Changes, hookChange{Value: c.value, Field: c.field})
	}
	return entries
}

// encodeHook writes a body exactly as it goes over the wire.
func encodeHook(changes []change) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(hookBody{Object: "whatsapp_business_account", Entry: layOut(changes)}); err != nil {
		panic(err) // our own types always marshal
	}
	return escapeASCII(bytes.TrimSpace(b.Bytes()))
}
