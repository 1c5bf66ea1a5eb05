package meta

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// What Meta can report about templates, the number and the account. A word that
// Meta does not have would teach a receiver something that never happens; a raw
// event can carry it all the same.

// eventValue is what the value of a kind of event may be.
type eventValue struct {
	allowed  []string
	defaults string // what an empty value means; empty: it is needed
}

// eventValues are from Meta's webhook references (November 2025), the rarer
// words of account_update and account_alerts from clients that list them.
func eventValues() map[string]eventValue {
	return map[string]eventValue{
		client.TemplateStatus: {allowed: strings.Fields(`APPROVED ARCHIVED DELETED DISABLED FLAGGED IN_APPEAL LIMIT_EXCEEDED LOCKED
			PAUSED PENDING PENDING_DELETION REINSTATED REJECTED UNARCHIVED`)},
		client.TemplateQuality:  {strings.Fields(`GREEN YELLOW RED UNKNOWN`), "YELLOW"},
		client.TemplateCategory: {strings.Fields(`AUTHENTICATION MARKETING UTILITY`), "UTILITY"},
		client.AccountAlert: {
			strings.Fields(`INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED INCREASED_CAPABILITIES_ELIGIBILITY_FAILED
			INCREASED_CAPABILITIES_ELIGIBILITY_NEED_MORE_INFO OBA_APPROVED OBA_REJECTED PROFILE_PICTURE_LOST`),
			"INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
		},
		client.AccountUpdate: {strings.Fields(`ACCOUNT_DELETED ACCOUNT_OFFBOARDED ACCOUNT_RECONNECTED ACCOUNT_RESTRICTION
			ACCOUNT_VIOLATION AD_ACCOUNT_LINKED AUTH_INTL_PRICE_ELIGIBILITY_UPDATE BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE
			DISABLED_UPDATE MM_LITE_TERMS_SIGNED PARTNER_ADDED PARTNER_APP_INSTALLED PARTNER_APP_UNINSTALLED
			PARTNER_CLIENT_CERTIFICATION_NEEDED PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE PARTNER_REMOVED
			VOLUME_BASED_PRICING_TIER_UPDATE`), "ACCOUNT_RESTRICTION"},
		client.PhoneQuality: {strings.Fields(`DOWNGRADE FLAGGED ONBOARDING THROUGHPUT_UPGRADE UNFLAGGED UPGRADE`), "THROUGHPUT_UPGRADE"},
	}
}

// templateReasons are why Meta rejects or disables a template.
func templateReasons() []string {
	return strings.Fields(`ABUSIVE_CONTENT CATEGORY_NOT_AVAILABLE INCORRECT_CATEGORY INVALID_FORMAT NONE PROMOTIONAL SCAM
		TAG_CONTENT_MISMATCH`)
}

// CheckEvent refuses what Meta does not know, and fills in what was left out.
func CheckEvent(e client.Event) (client.Event, error) {
	if rule, ok := eventValues()[e.Kind]; ok {
		if e.Value = strings.ToUpper(cmp.Or(e.Value, rule.defaults)); !slices.Contains(rule.allowed, e.Value) {
			return e, fmt.Errorf("value: Meta has no %q for %s; it has %s", e.Value, e.Kind, strings.Join(rule.allowed, ", "))
		}
	}
	switch e.Kind {
	case client.TemplateStatus:
		if e.Reason = strings.ToUpper(cmp.Or(e.Reason, "NONE")); !slices.Contains(templateReasons(), e.Reason) {
			return e, fmt.Errorf("reason: Meta has no %q; it has %s", e.Reason, strings.Join(templateReasons(), ", "))
		}
	case client.ValueErrors:
		if e.Code <= 0 {
			return e, fmt.Errorf("code: an error needs one")
		}
	case client.UserChangedNumber:
		if !IsNumber(e.Value) {
			return e, fmt.Errorf("value: the new number is needed, with its country code")
		}
	}
	if slices.Contains([]string{client.InboundText, client.UserChangedNumber, client.IdentityChanged}, e.Kind) && !IsNumber(e.Number) {
		return e, fmt.Errorf("number: not a phone number with its country code")
	}
	return e, nil
}

// StatusAfter is the status of a template after an event about it. Some events
// are not statuses: FLAGGED warns, REINSTATED and UNARCHIVED bring it back.
func StatusAfter(event, status string) string {
	switch event {
	case "FLAGGED", "LOCKED":
		return status
	case "REINSTATED", "UNARCHIVED":
		return TemplateApproved
	}
	return event
}
