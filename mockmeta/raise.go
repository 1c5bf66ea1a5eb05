package mockmeta

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// raise sends a webhook that nothing in the mock causes by itself. Field
// "messages" is for what a person does, the others for what Meta tells about
// the account.
func (w *world) raise(e client.Event) error {
	e, err := meta.CheckEvent(e)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now()
	account := func(field string, value any) {
		w.announce(change{field: field, value: value, time: now.Unix()})
	}
	switch e.Kind {
	case client.TemplateStatus:
		t := w.templates.find(e.Template, e.Language)
		if t == nil {
			return fmt.Errorf("there is no template %q in %q", e.Template, e.Language)
		}
		w.setTemplateStatus(t, e.Value, e.Reason)
	case client.TemplateQuality, client.TemplateCategory:
		t := w.templates.find(e.Template, e.Language)
		if t == nil {
			return fmt.Errorf("there is no template %q in %q", e.Template, e.Language)
		}
		id, _ := strconv.ParseInt(t.ID, 10, 64) // our own ids are numbers
		value := map[string]any{"message_template_id": id, "message_template_name": t.Name, "message_template_language": t.Language}
		if e.Kind == client.TemplateQuality {
			value["previous_quality_score"], value["new_quality_score"] = "GREEN", e.Value
			account("message_template_quality_update", value)
		} else {
			value["previous_category"], value["new_category"] = "AUTHENTICATION", e.Value
			account("template_category_update", value)
		}
	case client.AccountAlert:
		account("account_alerts", map[string]any{"entity_type": "BUSINESS", "entity_id": WABAID, "alert_info": map[string]string{
			"alert_severity": "WARNING", "alert_status": "ACTIVE", "alert_type": e.Value,
			"alert_description": orElse(e.Reason, "Raised through mockmeta's control API."),
		}})
	case client.AccountUpdate:
		account("account_update", accountUpdate(e.Value, now.Unix()))
	case client.PhoneQuality:
		account("phone_number_quality_update", map[string]any{
			"display_phone_number": meta.Digits(DisplayPhoneNumber), "event": e.Value,
			"max_daily_conversations_per_business": "TIER_UNLIMITED",
		})
	case client.ValueErrors:
		v := newMessagesValue()
		v.Errors = []hookError{webhookError(meta.ErrorByCode(e.Code))}
		w.announce(change{field: "messages", value: v})
	case client.DidNotRequestCode:
		rec := w.journal.find(e.MessageID)
		if rec == nil || rec.Channel != client.WhatsApp {
			return fmt.Errorf("there is no WhatsApp message with that message_id")
		}
		rec.reported = true
		w.inbound(rec.key, rec.waID, map[string]any{
			"context": map[string]string{"from": meta.Digits(DisplayPhoneNumber), "id": rec.ID},
			"type":    "button",
			"button":  map[string]string{"payload": "DID_NOT_REQUEST_CODE", "text": orElse(rec.shown.NotMe, "I didn't request a code")},
		})
		w.changed(rec)
	case client.InboundText, client.UserChangedNumber, client.IdentityChanged:
		key := meta.PhoneKey(meta.Digits(e.Number))
		phone := w.handsets.get(key)
		w.inbound(key, phone.WaID, w.personalEvent(e, key, phone))
	case client.RawEvent:
		if e.Field == "" || !json.Valid(e.Payload) {
			return fmt.Errorf("a raw event needs field and payload")
		}
		account(e.Field, e.Payload)
	default:
		return fmt.Errorf("kind: no such event: %q", e.Kind)
	}
	return nil
}

func orElse(v, d string) string {
	if v == "" {
		return d
	}
	return v
}

// inbound sends what a person has done as a message to the business. The caller
// holds w.mu.
func (w *world) inbound(key, waID string, message map[string]any) {
	now := w.clock.Now()
	dice := chance{w.chaos.Seed}.about("inbound", key, w.sends.next("inbound "+key))
	author := authorOf(w.opts.Shape, w.handsets.get(key), waID, key)
	if author.number != "" {
		message["from"] = author.number
	}
	message["id"] = meta.WAMID(orElse(author.number, author.userID), meta.Inbound, fmt.Sprintf("%016X%02X", dice.Uint64(), dice.Uint64()>>56))
	message["timestamp"] = strconv.FormatInt(now.Unix(), 10)
	v := newMessagesValue()
	if message["type"] != "system" {
		if author.userID != "" {
			message["from_user_id"] = author.userID
		}
		v.Contacts = []hookContact{author.contact()}
	}
	v.Messages = []any{message}
	w.announce(change{field: "messages", value: v})
}

func (w *world) personalEvent(e client.Event, key string, phone client.Handset) map[string]any {
	author := authorOf(w.opts.Shape, phone, phone.WaID, key)
	switch e.Kind {
	case client.UserChangedNumber:
		freshKey := meta.PhoneKey(meta.Digits(e.Value))
		fresh := person{number: meta.WaID(freshKey), userID: userID(freshKey)}
		return map[string]any{"type": "system", "system": numberChanged(author, fresh)}
	case client.IdentityChanged:
		return map[string]any{"type": "system", "system": identityChanged(author, phone.IdentityHash)}
	}
	return map[string]any{"type": "text", "text": map[string]string{"body": orElse(e.Value, "Who is this?")}}
}

// accountUpdate is the value of an account_update with what its event carries.
func accountUpdate(event string, now int64) map[string]any {
	value := map[string]any{"event": event}
	switch event {
	case "ACCOUNT_RESTRICTION":
		value["restriction_info"] = []any{map[string]any{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": now + 86400}}
	case "DISABLED_UPDATE":
		value["ban_info"] = map[string]string{"waba_ban_state": "DISABLE", "waba_ban_date": "November 12, 2026"}
	case "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE":
		value["auth_international_rate_eligibility"] = map[string]any{
			"start_time":          now + 30*86400,
			"exception_countries": []any{map[string]any{"country_code": "ID", "start_time": now + 60*86400}},
		}
	}
	return value
}
