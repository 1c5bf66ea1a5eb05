package meta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Error is a refusal by the Graph API, or the reason of a failed status.
// Wording is approximate: clients must not match on it.
type Error struct {
	HTTP      int
	Code      int
	Subcode   int
	Type      string // OAuthException when empty
	Title     string // without the code in front
	Details   string
	Transient bool
	// Bare leaves the "(#code)" out of the message.
	Bare bool
	// UserTitle and UserMsg are for people; template edges have them.
	UserTitle, UserMsg string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Code, e.Title, e.Details) }

// Message is the title as Graph writes it.
func (e *Error) Message() string {
	if e.Bare {
		return e.Title
	}
	return fmt.Sprintf("(#%d) %s", e.Code, e.Title)
}

// Explained is the message with the details, which say more than Meta's titles.
func (e *Error) Explained() string {
	if e.Details == "" || e.Details == e.Message() {
		return e.Message()
	}
	return strings.TrimSuffix(e.Message(), ".") + ": " + e.Details
}

// With returns the error with other details.
func (e Error) With(format string, args ...any) *Error {
	e.Details = fmt.Sprintf(format, args...)
	return &e
}

// ErrorByCode returns Meta's error with that code. An unknown code is answered
// with HTTP 400.
func ErrorByCode(code int) *Error {
	if e, ok := errorTable()[code]; ok {
		e.Code = code
		return &e
	}
	return &Error{HTTP: 400, Code: code, Title: "Planted error", Details: "An error with a code that mockmeta does not know."}
}

// Codes returns the codes of all errors that are known, sorted.
func Codes() []int { return slices.Sorted(maps.Keys(errorTable())) }

// errorTable is Meta's list of error codes (support/error-codes, revision of
// 14 November 2025; 131030, 131062, 131064 and 137000 assume HTTP 400). It is
// made once and never changed.
var errorTable = sync.OnceValue(func() map[int]Error {
	return map[int]Error{
		0:      {HTTP: 401, Title: "AuthException", Details: "We were unable to authenticate the app user."},
		1:      {HTTP: 400, Title: "An unknown error occurred", Bare: true},
		2:      {HTTP: 503, Title: "Service temporarily unavailable", Bare: true, Transient: true},
		3:      {HTTP: 500, Title: "Application does not have the capability to make this API call."},
		4:      {HTTP: 400, Title: "Application request limit reached", Transient: true},
		10:     {HTTP: 403, Title: "Application does not have permission for this action"},
		33:     {HTTP: 400, Title: "Parameter value is not valid", Details: "The business phone number has been deleted."},
		100:    {HTTP: 400, Title: "Invalid parameter", Details: "Invalid parameter"},
		104:    {HTTP: 401, Title: "An access token is required to request this resource.", Bare: true},
		190:    {HTTP: 401, Subcode: 463, Title: "Error validating access token: Session has expired.", Bare: true},
		200:    {HTTP: 403, Title: "You do not have the necessary permissions to send messages on behalf of this WhatsApp Business Account"},
		368:    {HTTP: 403, Title: "Temporarily blocked for policies violations", Details: "The WhatsApp Business Account has been restricted for violating a platform policy."},
		803:    {HTTP: 404, Title: "Some of the aliases you requested do not exist"},
		80007:  {HTTP: 400, Title: "Rate limit issues", Details: "The WhatsApp Business Account has reached its rate limit."},
		130429: {HTTP: 400, Title: "Rate limit hit", Details: "Cloud API message throughput has been reached."},
		130472: {HTTP: 400, Title: "User's number is part of an experiment", Details: "Failed to send message because this user's phone number is part of an experiment"},
		130497: {HTTP: 403, Title: "Business account is restricted from messaging users in this country.", Details: "Business account is restricted from messaging users in this country."},
		131000: {HTTP: 500, Title: "Something went wrong", Details: "Message failed to send because of an unknown error."},
		131005: {HTTP: 403, Title: "Access denied", Details: "Permission is either not granted or has been removed."},
		131008: {HTTP: 400, Title: "Required parameter is missing", Details: "Required parameter is missing"},
		131009: {HTTP: 400, Title: "Parameter value is not valid", Details: "Parameter value is not valid"},
		131016: {HTTP: 500, Title: "Service unavailable", Details: "A service is temporarily unavailable."},
		131021: {HTTP: 400, Title: "Recipient cannot be sender", Details: "The sender and the recipient phone number are the same."},
		131026: {HTTP: 400, Title: "Message undeliverable", Details: "Message Undeliverable."},
		131030: {HTTP: 400, Title: "Recipient phone number not in allowed list", Details: "Recipient phone number not in allowed list: add it to the recipient phone number list and try again."},
		131031: {HTTP: 403, Title: "Account has been locked", Details: "Business Account locked"},
		131037: {HTTP: 400, Title: "Display name approval needed", Details: "WhatsApp provided number needs display name approval before message can be sent."},
		131042: {HTTP: 400, Title: "Business eligibility payment issue", Details: "Message failed to send because there were one or more errors related to your payment method."},
		131045: {HTTP: 500, Title: "Incorrect certificate", Details: "Message failed to send due to a phone number registration error."},
		131047: {HTTP: 400, Title: "Re-engagement message", Details: "More than 24 hours have passed since the recipient last replied to the sender number."},
		131048: {HTTP: 400, Title: "Spam rate limit hit", Details: "Message failed to send because there are restrictions on how many messages can be sent from this phone number."},
		131049: {HTTP: 400, Title: "This message was not delivered to maintain healthy ecosystem engagement.", Details: "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."},
		131051: {HTTP: 400, Title: "Unsupported message type", Details: "Message type is not currently supported"},
		131056: {HTTP: 400, Title: "(Business Account, Consumer Account) pair rate limit hit", Details: "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."},
		131057: {HTTP: 500, Title: "Account in maintenance mode", Details: "Business Account is in maintenance mode"},
		131062: {HTTP: 400, Title: "Recipient not supported", Details: "Business-scoped User ID (BSUID) recipients are not supported for this message."},
		131064: {HTTP: 400, Title: "Messaging limit", Details: "Account reached its messaging limit because of template classification violations."},
		132000: {HTTP: 400, Title: "Number of parameters does not match the expected number of params", Details: "The number of parameters does not match the template"},
		132018: {HTTP: 400, Title: "There was an issue with the parameters of the template", Details: "A parameter of the template is not valid"},
		132001: {HTTP: 404, Title: "Template name does not exist in the translation", Details: "The template does not exist in that language"},
		132005: {HTTP: 400, Title: "Translated text too long", Details: "Template hydrated text too long"},
		132007: {HTTP: 400, Title: "Template format character policy violated", Details: "Template content violates a policy."},
		132008: {HTTP: 400, Title: "Template parameter value does not match", Details: "A parameter's value does not match the template"},
		132012: {HTTP: 400, Title: "Parameter format does not match format in the created template", Details: "Parameter of type text is missing text value"},
		132015: {HTTP: 400, Title: "Template is paused", Details: "Template is paused due to low quality so it cannot be sent in a template message."},
		132016: {HTTP: 400, Title: "Template is disabled", Details: "Template has been paused too many times and is permanently disabled."},
		133004: {HTTP: 503, Title: "Server temporarily unavailable", Details: "Server is temporarily unavailable."},
		133005: {HTTP: 400, Title: "Two step verification PIN Mismatch", Details: "Two-step verification PIN incorrect."},
		133010: {HTTP: 400, Title: "Account not registered", Details: "The account is not registered. Please register the phone number before using this API."},
		133016: {HTTP: 400, Title: "Account register deregister rate limit exceeded", Details: "Registration or deregistration failed because there were too many attempts."},
		135000: {HTTP: 400, Title: "Generic user error", Details: "Generic user error"},
		137000: {HTTP: 400, Title: "Recipient identity key hash mismatch", Details: "recipient_identity_key_hash does not match the current one"},
	}
})

// TemplateError is a refusal by a template edge: 100 with a subcode and words
// for people.
func TemplateError(subcode int, title, msg string) *Error {
	return &Error{HTTP: 400, Code: 100, Subcode: subcode, Bare: true, Title: "Invalid parameter", UserTitle: title, UserMsg: msg}
}
