package whatsapp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// Verdict says what an error code of Meta means. httpStatus is the status of the
// answer that carried the code, or 0 when it came by webhook. The reason is in
// our words and holds nothing of the message.
//
// Meta's rule is to decide by code: its HTTP statuses mislead (500 for faults
// that last, 404 for a missing translation). The status decides only for codes
// that the table does not know. An unknown code, or none, from a webhook is
// ClassRecipient: this message needs another channel, and no one else's does.
//
// An unknown code with 401 or 403 is ClassConfig, not ClassAccount: Meta also
// says 403 about single recipients (130497, their country), and what is taken for
// the account sends all messages to the other channel. This message goes there
// either way.
func Verdict(code, httpStatus int) *courier.DeliveryError {
	byWebhook := httpStatus == 0
	verdict := &courier.DeliveryError{Code: strconv.Itoa(code)}
	known, found := lookup(code)
	switch {
	case byWebhook && code == 0:
		verdict.Class, verdict.Code = courier.ClassRecipient, ""
		verdict.Reason = "Meta could not deliver the message and did not say why"
	case found:
		verdict.Class, verdict.Reason, verdict.RetryAfter = known.class, known.reason, known.wait
	default:
		verdict.Class = courier.ClassRecipient
		if !byWebhook {
			verdict.Class = exchange.Refused(httpStatus)
		}
		verdict.Reason = "Meta gave an error code that is not in our table: look it up in Meta's list of Cloud API error codes"
	}
	return verdict
}

// failure reads an answer that brought no message id.
func failure(e *wireError, got exchange.Answer) *courier.DeliveryError {
	asked := exchange.RetryAfter(got.Header)
	code, err := e.number()
	if err != nil {
		class, reason := exchange.ByStatus(got.Status, courier.WhatsApp)
		return &courier.DeliveryError{Class: class, Reason: reason, RetryAfter: asked}
	}
	verdict := Verdict(code, got.Status)
	switch {
	case code == 131009 && namesTheNumber(string(e.Data)):
		// Else a person who types nonsense looks like a fault of ours.
		verdict.Class, verdict.Reason = courier.ClassRecipient, "Meta does not take this for a phone number"
	case code == 100 && e.Subcode == "33":
		verdict.Class = courier.ClassAccount
		verdict.Reason = "Meta knows no such sending number, or the token may not use it: check whatsapp.phone_number_id and the token's assets"
	case code == 100 && strings.Contains(string(e.Message), "appsecret_proof"):
		// Meta, "Secure Graph API Calls": the proof is missing, or not that of the
		// token's app. It has neither code nor subcode of its own.
		verdict.Class = courier.ClassAccount
		verdict.Reason = "Meta misses the proof of the app secret, or refuses it: the first of whatsapp.app_secrets must be the secret of the app that whatsapp.access_token belongs to"
	}
	if asked > 0 {
		verdict.RetryAfter = asked
	}
	if trace := string(e.TraceID); matches(`[A-Za-z0-9_-]{1,64}`, trace) {
		verdict.Reason += fmt.Sprintf(" (fbtrace_id %s)", trace)
	}
	return verdict
}

// number is the code, or an error when there is none.
func (e *wireError) number() (int, error) {
	if e == nil {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(string(e.Code))
}

// namesTheNumber looks whether Meta's details blame the recipient's number.
// Meta's rule is to decide by code and details, and promises no wording: a miss
// costs an alert, not a message.
func namesTheNumber(details string) bool {
	details = strings.ToLower(details)
	return strings.Contains(details, "phone number") || strings.Contains(details, "recipient")
}

// CountryRestricted is Meta's code of a message to a country that the account may
// not write to (Meta's error codes): it fails for everyone there.
const CountryRestricted = "130497"
