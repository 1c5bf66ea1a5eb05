package meta

import "regexp"

var pinPattern = regexp.MustCompile(`^[0-9]{6}$`)

// PhoneSettings are what a request changes at the number.
type PhoneSettings struct {
	PIN string // six digits; empty stays
	// HasOverride says that the number's own callback is set, or ended with an
	// empty Override. VerifyToken is for the handshake with it.
	HasOverride           bool
	Override, VerifyToken string
}

// ParsePhoneSettings reads the parameters of POST /{phone-number-id}.
func ParsePhoneSettings(p *Params, lenient bool) (PhoneSettings, *Error) {
	p.RefuseUnsimulated(lenient, unsimulatedPhoneSettings()...)
	s := PhoneSettings{PIN: p.Text("pin"), HasOverride: p.Has("webhook_configuration")}
	hooks := p.Object("webhook_configuration")
	if p.Has("pin") && !pinPattern.MatchString(s.PIN) {
		p.Fail(ErrorByCode(100).With("Param pin must have six digits."))
	}
	s.Override, s.VerifyToken = hooks.Text("override_callback_uri"), hooks.Text("verify_token")
	if !lenient {
		p.RefuseUnknown()
	}
	return s, p.Err()
}

// ParseRegistration reads the parameters of POST /{phone-number-id}/register and
// returns the PIN.
func ParseRegistration(p *Params, lenient bool) (pin string, _ *Error) {
	p.RefuseUnsimulated(lenient, unsimulatedRegistration()...)
	if p.Need("messaging_product") != "whatsapp" {
		p.Fail(ErrorByCode(100).With("Param messaging_product must be one of {WHATSAPP}"))
	}
	if pin = p.Need("pin"); !pinPattern.MatchString(pin) {
		p.Fail(ErrorByCode(100).With("Param pin must have six digits."))
	}
	p.Text("data_localization_region")
	if !lenient {
		p.RefuseUnknown()
	}
	return pin, p.Err()
}

// ParseSubscription reads the parameters of POST /{account}/subscribed_apps: a
// callback that goes before the app's own, and the token of its handshake.
func ParseSubscription(p *Params, lenient bool) (override, verifyToken string, _ *Error) {
	override, verifyToken = p.Text("override_callback_uri"), p.Text("verify_token")
	if !lenient {
		p.RefuseUnknown()
	}
	return override, verifyToken, p.Err()
}
