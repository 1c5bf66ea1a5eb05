package courier

import (
	"errors"
	"time"
)

// Purpose is what a code is for.
type Purpose string

// The purposes for which Kratos sends codes.
const (
	Login        Purpose = "login"
	Registration Purpose = "registration"
	Verification Purpose = "verification"
	Recovery     Purpose = "recovery"
)

// Why a message of Kratos cannot be delivered. All of them are answered like an
// accepted one, since asking again would not help.
var (
	// ErrUnsupported: the template type carries no code that we deliver.
	ErrUnsupported = errors.New("unsupported_template")
	// ErrNoCode: template_data lacks the code of its template type.
	ErrNoCode = errors.New("no_code")
	// ErrNoPhone: the recipient is no phone number.
	ErrNoPhone = errors.New("not_a_phone")
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
	Life     time.Duration
	Asked    Channel
	Flow     string
	Identity string
	Locales  []string
}

// maxLocales bounds how many language wishes are kept of one message.
const maxLocales = 5

// maxFlowLength bounds transient_payload.flow, which anyone can set.
const maxFlowLength = 64

// codeKeys tells where the code of a template type is. Recovery's key is
// verification_code (captured from Kratos v26.2.0).
func codeKey(templateType string) (Purpose, string, bool) {
	switch templateType {
	case "login_code_valid":
		return Login, "login_code", true
	case "registration_code_valid":
		return Registration, "registration_code", true
	case "verification_code_valid":
		return Verification, "verification_code", true
	case "recovery_code_valid":
		return Recovery, "verification_code", true
	}
	return "", "", false
}
