package hooks

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// encode writes a change as Meta does.
func (h *Hooks) encode(c world.Change) change {
	out := change{Change: c, field: "messages"}
	switch e := c.Event.(type) {
	case world.StatusEvent:
		unit := time.Second
		if c.Faults.Has(client.Milliseconds) {
			unit = time.Millisecond
		}
		out.value = h.statusValue(e, c.At, unit)
	case world.PersonEvent:
		out.value = h.personValue(e, c.At)
	case world.TemplateEvent:
		out.time = c.At.Unix()
		out.field, out.value = templateValue(e, c.At)
	case world.AccountEvent:
		if e.Kind == client.ValueErrors {
			v := newMessagesValue(world.PhoneNumberID)
			v.Errors = []hookError{webhookError(meta.ErrorByCode(e.Code))}
			out.value = v
			break
		}
		out.time = c.At.Unix()
		out.field, out.value = accountValue(e.Event, c.At)
	}
	return out
}

// templateValue is what Meta reports about a template.
func templateValue(e world.TemplateEvent, at time.Time) (field string, value any) {
	id, _ := strconv.ParseInt(e.Template.ID, 10, 64) // our own ids are numbers
	v := map[string]any{"message_template_id": id, "message_template_name": e.Template.Name, "message_template_language": e.Template.Language}
	switch e.Kind {
	case client.TemplateQuality:
		v["previous_quality_score"], v["new_quality_score"] = "GREEN", e.Value
		return "message_template_quality_update", v
	case client.TemplateCategory:
		v["previous_category"], v["new_category"] = "AUTHENTICATION", e.Value
		return "template_category_update", v
	}
	v["event"], v["reason"], v["message_template_category"] = e.Value, e.Reason, "AUTHENTICATION"
	switch e.Value {
	case meta.TemplatePaused:
		v["other_info"] = map[string]string{"title": "FIRST_PAUSE", "description": "Paused through mockmeta's control API."}
	case meta.TemplateDisabled:
		v["disable_info"] = map[string]int64{"disable_date": at.Unix()}
	case meta.TemplateRejected:
		v["rejection_info"] = map[string]string{"reason": e.Reason, "recommendation": "Raised through mockmeta's control API."}
	}
	return "message_template_status_update", v
}

// accountValue is what Meta reports about the account and its number.
func accountValue(e client.Event, at time.Time) (field string, value any) {
	switch e.Kind {
	case client.AccountAlert:
		return "account_alerts", map[string]any{"entity_type": "BUSINESS", "entity_id": world.WABAID, "alert_info": map[string]string{
			"alert_severity": "WARNING", "alert_status": "ACTIVE", "alert_type": e.Value,
			"alert_description": cmp.Or(e.Reason, "Raised through mockmeta's control API."),
		}}
	case client.AccountUpdate:
		return "account_update", accountUpdate(e.Value, at.Unix())
	case client.PhoneQuality:
		return "phone_number_quality_update", map[string]any{
			"display_phone_number": meta.Digits(world.DisplayPhoneNumber), "event": e.Value,
			"max_daily_conversations_per_business": "TIER_UNLIMITED",
		}
	}
	return e.Field, e.Payload // a raw event
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
