package hooks

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// statusValue is the value of a "messages" change that carries one status.
// Pricing is on sent and on the first of delivered and read; conversation, in
// the v23 shape, too.
func (h *Hooks) statusValue(e world.StatusEvent, at time.Time, unit time.Duration) messagesValue {
	st := hookStatus{
		ID:           e.ID,
		Status:       e.Status,
		Timestamp:    strconv.FormatInt(at.UnixNano()/int64(unit), 10),
		RecipientID:  e.Recipient.WaID,
		CallbackData: e.CallbackData,
	}
	first := e.Status == meta.StatusSent || e.Status == meta.StatusDelivered || e.Status == meta.StatusRead && !e.Delivered
	if first {
		st.Pricing = &hookPricing{Billable: true, Model: "PMP", Type: "regular", Category: "authentication"}
	}
	if e.Cause != nil {
		st.Errors = []hookError{webhookError(e.Cause)}
	}
	v := newMessagesValue(e.From)
	if to := recipientOf(h.o.Shape, e.Recipient, e.Status); to.userID != "" {
		st.UserID = to.userID
		v.Contacts = []hookContact{to.contact()}
	}
	if h.o.Shape == ShapeV23 && first {
		sum := sha256.Sum256([]byte(e.ID))
		st.Conversation = &hookConversation{ID: hex.EncodeToString(sum[:16])}
		st.Conversation.Origin.Type = "authentication"
		if e.Status == meta.StatusSent {
			st.Conversation.Expires = strconv.FormatInt(at.Add(24*time.Hour).Unix(), 10)
		}
	}
	v.Statuses = []hookStatus{st}
	return v
}
