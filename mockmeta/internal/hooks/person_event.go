package hooks

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// personValue is what a person has done, as a message to the business.
func (h *Hooks) personValue(e world.PersonEvent, at time.Time) messagesValue {
	author := authorOf(h.o.Shape, e.Author)
	message := personMessage(e, author)
	if author.number != "" {
		message["from"] = author.number
	}
	message["id"] = meta.WAMID(cmp.Or(author.number, author.userID), meta.Inbound, e.Serial)
	message["timestamp"] = strconv.FormatInt(at.Unix(), 10)
	v := newMessagesValue(e.From)
	if message["type"] != "system" {
		if author.userID != "" {
			message["from_user_id"] = author.userID
		}
		v.Contacts = []hookContact{author.contact()}
	}
	v.Messages = []any{message}
	return v
}

func personMessage(e world.PersonEvent, author person) map[string]any {
	switch e.Kind {
	case client.DidNotRequestCode:
		number, _ := world.SendingNumberByID(e.From)
		return map[string]any{
			"context": map[string]string{"from": meta.Digits(number.Display), "id": e.ReplyTo},
			"type":    "button",
			"button":  map[string]string{"payload": "DID_NOT_REQUEST_CODE", "text": e.Button},
		}
	case client.UserChangedNumber:
		fresh := meta.PhoneKey(meta.Digits(e.Value))
		return map[string]any{"type": "system", "system": numberChanged(author, person{number: meta.WaID(fresh), userID: userID(fresh)})}
	case client.IdentityChanged:
		return map[string]any{"type": "system", "system": identityChanged(author, e.Author.Handset.IdentityHash)}
	}
	return map[string]any{"type": "text", "text": map[string]string{"body": cmp.Or(e.Value, "Who is this?")}}
}
