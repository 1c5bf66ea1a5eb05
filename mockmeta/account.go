package mockmeta

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
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
func pick(call graphCall, kind nodeKind, all map[string]any, defaults ...string) (any, *meta.Error) {
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

// phoneFields are all fields of the number. The caller holds w.mu.
func (g *graphAPI) phoneFields() map[string]any {
	hooks := map[string]string{"application": g.hooks.target()}
	if g.account.override != "" {
		hooks["whatsapp_business_account"] = g.account.override
	}
	if g.account.phoneOverride != "" {
		hooks["phone_number"] = g.account.phoneOverride
	}
	status := "CONNECTED"
	if !g.account.registered {
		status = "PENDING"
	}
	return map[string]any{
		"id": PhoneNumberID, "verified_name": "Example Login", "code_verification_status": "VERIFIED",
		"display_phone_number": DisplayPhoneNumber, "quality_rating": g.account.quality, "platform_type": "CLOUD_API",
		"throughput": map[string]string{"level": "STANDARD"}, "webhook_configuration": hooks,
		"name_status": "APPROVED", "status": status, "account_mode": "LIVE", "is_pin_enabled": g.account.pin != "",
		"whatsapp_business_manager_messaging_limit": "TIER_2K", "messaging_limit_tier": "TIER_2K",
		"health_status": map[string]any{"can_send_message": "AVAILABLE", "entities": []any{}},
	}
}

func (g *graphAPI) getPhone(call graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return pick(call, phoneNode, g.phoneFields(), "verified_name", "code_verification_status", "display_phone_number",
		"quality_rating", "platform_type", "throughput", "webhook_configuration")
}

func (g *graphAPI) listPhones(call graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	phone, err := pick(call, phoneNode, g.phoneFields(), "verified_name", "code_verification_status", "display_phone_number",
		"quality_rating", "platform_type", "throughput")
	if err != nil {
		return nil, err
	}
	return map[string]any{"data": []any{phone}, "paging": map[string]any{"cursors": map[string]string{"before": cursor(0), "after": cursor(1)}}}, nil
}

func (g *graphAPI) getAccount(call graphCall) (any, *meta.Error) {
	return pick(call, accountNode, map[string]any{
		"id": WABAID, "name": "Example Login", "currency": "USD", "timezone_id": "1", "message_template_namespace": "mock_namespace",
		"account_review_status": "APPROVED", "status": "ACTIVE",
	}, "name", "timezone_id", "message_template_namespace")
}

var pinPattern = regexp.MustCompile(`^[0-9]{6}$`)

// updatePhone sets the PIN or the number's own callback.
func (g *graphAPI) updatePhone(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	p.RefuseUnsimulated(g.opts.Lenient, meta.UnsimulatedPhoneSettings()...)
	pin, hooks := p.Text("pin"), p.Object("webhook_configuration")
	if p.Has("pin") && !pinPattern.MatchString(pin) {
		p.Fail(meta.ErrorByCode(100).With("Param pin must have six digits."))
	}
	callback, verify := hooks.Text("override_callback_uri"), hooks.Text("verify_token")
	g.refuseUnknown(p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	if callback != "" {
		if err := g.verifyOverride(call.r.Context(), callback, verify); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if pin != "" {
		g.account.pin = pin
	}
	if p.Has("webhook_configuration") {
		g.account.phoneOverride = callback
	}
	return success, nil
}

func (g *graphAPI) registerPhone(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	p.RefuseUnsimulated(g.opts.Lenient, meta.UnsimulatedRegistration()...)
	if p.Need("messaging_product") != "whatsapp" {
		p.Fail(meta.ErrorByCode(100).With("Param messaging_product must be one of {WHATSAPP}"))
	}
	pin := p.Need("pin")
	if !pinPattern.MatchString(pin) {
		p.Fail(meta.ErrorByCode(100).With("Param pin must have six digits."))
	}
	p.Text("data_localization_region")
	g.refuseUnknown(p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.account.pin != "" && g.account.pin != pin {
		return nil, meta.ErrorByCode(133005)
	}
	g.account.pin, g.account.registered = pin, true
	return success, nil
}

func (g *graphAPI) deregisterPhone(graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account.registered = false
	return success, nil
}

// getSubscribedApps lists the app when it gets the account's webhooks.
func (g *graphAPI) getSubscribedApps(graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	data := []any{}
	if g.account.subscribed {
		app := map[string]any{"whatsapp_business_api_data": map[string]string{
			"link": "https://www.facebook.com/games/?app_id=" + AppID, "name": AppName, "id": AppID,
		}}
		if g.account.override != "" {
			app["override_callback_uri"] = g.account.override
		}
		data = append(data, app)
	}
	return map[string]any{"data": data}, nil
}

// subscribeApp turns the account's webhooks on, optionally with a callback of
// its own.
func (g *graphAPI) subscribeApp(call graphCall) (any, *meta.Error) {
	p, err := call.params()
	if err != nil {
		return nil, err
	}
	callback, verify := p.Text("override_callback_uri"), p.Text("verify_token")
	g.refuseUnknown(p)
	if err := p.Err(); err != nil {
		return nil, err
	}
	if callback != "" {
		if err := g.verifyOverride(call.r.Context(), callback, verify); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account.subscribed, g.account.override = true, callback
	return success, nil
}

func (g *graphAPI) unsubscribeApp(graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account.subscribed, g.account.override = false, ""
	return success, nil
}

// verifyOverride makes the handshake with a callback override.
func (g *graphAPI) verifyOverride(ctx context.Context, callback, token string) *meta.Error {
	if err := g.handshake(ctx, callback, token); err != nil {
		return &meta.Error{HTTP: 400, Code: 2200, Title: "Callback verification failed with the following errors: " + err.Error()}
	}
	return nil
}

// callback is where the account's webhooks go; empty when nobody gets them. The
// caller holds w.mu.
func (w *world) callback() string {
	if !w.account.subscribed {
		return ""
	}
	order := []string{w.account.phoneOverride, w.account.override, w.hooks.target()}
	if i := slices.IndexFunc(order, func(u string) bool { return u != "" }); i >= 0 {
		return order[i]
	}
	return ""
}

// refuseUnknown reports fields that the call does not know, in strict mode.
func (g *graphAPI) refuseUnknown(p *meta.Params) {
	if !g.opts.Lenient {
		p.RefuseUnknown()
	}
}
