package courier

import "time"

// Purpose is what a code is for.
type Purpose string

// The purposes for which Kratos sends codes.
const (
	Login        Purpose = "login"
	Registration Purpose = "registration"
	Verification Purpose = "verification"
	Recovery     Purpose = "recovery"
)

// Reasons why a message of Kratos is not delivered. Kratos gets the same answer
// as for a delivered one, since asking again would not help.
const (
	ReasonUnsupported = "unsupported_template"
	ReasonNoCode      = "no_code"
	ReasonNotAPhone   = "not_a_phone"
)

// Message is what the courier takes over from a message of Kratos; all else in
// it is forgotten.
type Message struct {
	TemplateType string
	Purpose      Purpose
	To           Phone
	Code         Code
	// Life is expires_in_minutes, or 0 when Kratos does not say (v1.3.1) or says
	// less than a minute (v26.2.0 truncates).
	Life  time.Duration
	Asked Channel
	Flow  string
	// Token is transient_payload.delivery_token, or zero.
	Token    Token
	Identity string
	Locales  []string
	// Undeliverable is "" or the reason why this message cannot be delivered.
	Undeliverable string
}
