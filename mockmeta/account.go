package mockmeta

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// AppName is the name of the simulated app.
const AppName = "Example Login App"

// account is the simulated WhatsApp business account with its one number.
type account struct {
	registered bool
	pin        string
	quality    string // GREEN, YELLOW or RED
	// subscribed says that the app gets the account's webhooks. Without it the
	// callback may be verified and still no webhook comes.
	subscribed bool
	// override and phoneOverride are callbacks that go before the app's own.
	override, phoneOverride string
}

func newAccount() *account {
	return &account{registered: true, quality: "GREEN", subscribed: true}
}

var success = map[string]bool{"success": true}

// pick answers the fields that the query asks for, or the default ones.
func pick(call graphCall, kind nodeKind, all map[string]any, defaults ...string) (any, *graphError) {
	names := defaults
	if raw := call.r.URL.Query().Get("fields"); raw != "" {
		names = strings.Split(raw, ",")
	}
	out := map[string]any{"id": all["id"]}
	for _, name := range names {
		name, _, _ = strings.Cut(strings.TrimSpace(name), "{")
		v, ok := all[name]
		if !ok {
			return nil, missingField(name, kind)
		}
		out[name] = v
	}
	return out, nil
}

// phoneFields are all fields of the number. The caller holds s.mu.
func (s *Server) phoneFields() map[string]any {
	hooks := map[string]string{"application": s.hooks.target()}
	if s.account.override != "" {
		hooks["whatsapp_business_account"] = s.account.override
	}
	if s.account.phoneOverride != "" {
		hooks["phone_number"] = s.account.phoneOverride
	}
	status := "CONNECTED"
	if !s.account.registered {
		status = "PENDING"
	}
	return map[string]any{
		"id": PhoneNumberID, "verified_name": "Example Login", "code_verification_status": "VERIFIED",
		"display_phone_number": DisplayPhoneNumber, "quality_rating": s.account.quality, "platform_type": "CLOUD_API",
		"throughput": map[string]string{"level": "STANDARD"}, "webhook_configuration": hooks,
		"name_status": "APPROVED", "status": status, "account_mode": "LIVE", "is_pin_enabled": s.account.pin != "",
		"whatsapp_business_manager_messaging_limit": "TIER_2K", "messaging_limit_tier": "TIER_2K",
		"health_status": map[string]any{"can_send_message": "AVAILABLE", "entities": []any{}},
	}
}

func (s *Server) getPhone(call graphCall) (any, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pick(call, phoneNode, s.phoneFields(), "verified_name", "code_verification_status", "display_phone_number",
		"quality_rating", "platform_type", "throughput", "webhook_configuration")
}

func (s *Server) listPhones(call graphCall) (any, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	phone, err := pick(call, phoneNode, s.phoneFields(), "verified_name", "code_verification_status", "display_phone_number",
		"quality_rating", "platform_type", "throughput")
	if err != nil {
		return nil, err
	}
	return map[string]any{"data": []any{phone}, "paging": map[string]any{"cursors": map[string]string{"before": cursor(0), "after": cursor(1)}}}, nil
}

func (s *Server) getAccount(call graphCall) (any, *graphError) {
	return pick(call, accountNode, map[string]any{
		"id": WABAID, "name": "Example Login", "currency": "USD", "timezone_id": "1", "message_template_namespace": "mock_namespace",
		"account_review_status": "APPROVED", "status": "ACTIVE",
	}, "name", "timezone_id", "message_template_namespace")
}

var pinPattern = regexp.MustCompile(`^[0-9]{6}$`)

// updatePhone sets the PIN or the number's own callback.
func (s *Server) updatePhone(call graphCall) (any, *graphError) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	p.refuseUnsimulated(s.opts.Lenient, unsimulatedPhoneSettings()...)
	pin, hooks := p.text("pin"), p.object("webhook_configuration")
	if p.has("pin") && !pinPattern.MatchString(pin) {
		p.fail(errorByCode(100).with("Param pin must have six digits."))
	}
	callback, verify := hooks.text("override_callback_uri"), hooks.text("verify_token")
	s.refuseUnknown(p)
	if err := p.err(); err != nil {
		return nil, err
	}
	if callback != "" {
		if err := s.verifyOverride(call.r.Context(), callback, verify); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if pin != "" {
		s.account.pin = pin
	}
	if p.has("webhook_configuration") {
		s.account.phoneOverride = callback
	}
	return success, nil
}

func (s *Server) registerPhone(call graphCall) (any, *graphError) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	p.refuseUnsimulated(s.opts.Lenient, unsimulatedRegistration()...)
	if p.need("messaging_product") != "whatsapp" {
		p.fail(errorByCode(100).with("Param messaging_product must be one of {WHATSAPP}"))
	}
	pin := p.need("pin")
	if !pinPattern.MatchString(pin) {
		p.fail(errorByCode(100).with("Param pin must have six digits."))
	}
	p.text("data_localization_region")
	s.refuseUnknown(p)
	if err := p.err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.account.pin != "" && s.account.pin != pin {
		return nil, errorByCode(133005)
	}
	s.account.pin, s.account.registered = pin, true
	return success, nil
}

func (s *Server) deregisterPhone(graphCall) (any, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.registered = false
	return success, nil
}

// getSubscribedApps lists the app when it gets the account's webhooks.
func (s *Server) getSubscribedApps(graphCall) (any, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := []any{}
	if s.account.subscribed {
		app := map[string]any{"whatsapp_business_api_data": map[string]string{
			"link": "https://www.facebook.com/games/?app_id=" + AppID, "name": AppName, "id": AppID,
		}}
		if s.account.override != "" {
			app["override_callback_uri"] = s.account.override
		}
		data = append(data, app)
	}
	return map[string]any{"data": data}, nil
}

// subscribeApp turns the account's webhooks on, optionally with a callback of
// its own.
func (s *Server) subscribeApp(call graphCall) (any, *graphError) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	callback, verify := p.text("override_callback_uri"), p.text("verify_token")
	s.refuseUnknown(p)
	if err := p.err(); err != nil {
		return nil, err
	}
	if callback != "" {
		if err := s.verifyOverride(call.r.Context(), callback, verify); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.subscribed, s.account.override = true, callback
	return success, nil
}

func (s *Server) unsubscribeApp(graphCall) (any, *graphError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.subscribed, s.account.override = false, ""
	return success, nil
}

// verifyOverride makes the handshake with a callback override.
func (s *Server) verifyOverride(ctx context.Context, callback, token string) *graphError {
	if err := s.handshake(ctx, callback, token); err != nil {
		return &graphError{HTTP: 400, Code: 2200, Title: "Callback verification failed with the following errors: " + err.Error()}
	}
	return nil
}

// callback is where the account's webhooks go; empty when nobody gets them. The
// caller holds s.mu.
func (s *Server) callback() string {
	if !s.account.subscribed {
		return ""
	}
	order := []string{s.account.phoneOverride, s.account.override, s.hooks.target()}
	if i := slices.IndexFunc(order, func(u string) bool { return u != "" }); i >= 0 {
		return order[i]
	}
	return ""
}

// refuseUnknown reports fields that the call does not know, in strict mode.
func (s *Server) refuseUnknown(p *params) {
	if !s.opts.Lenient {
		p.refuseUnknown()
	}
}
