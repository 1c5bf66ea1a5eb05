package graph

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// phoneFields are all fields of a sending number.
func (a *API) phoneFields(number world.SendingNumber) map[string]any {
	v := a.world.Account.View()
	own := v.Numbers[number.ID]
	hooks := map[string]string{"application": v.Callback}
	if v.Override != "" {
		hooks["whatsapp_business_account"] = v.Override
	}
	if own.Override != "" {
		hooks["phone_number"] = own.Override
	}
	status := "CONNECTED"
	if !own.Registered {
		status = "PENDING"
	}
	return map[string]any{
		"id": number.ID, "verified_name": "Example Login", "code_verification_status": "VERIFIED",
		"display_phone_number": number.Display, "quality_rating": "GREEN", "platform_type": "CLOUD_API",
		"throughput": map[string]string{"level": "STANDARD"}, "webhook_configuration": hooks,
		"name_status": "APPROVED", "status": status, "account_mode": "LIVE", "is_pin_enabled": own.HasPIN,
		"whatsapp_business_manager_messaging_limit": "TIER_2K", "messaging_limit_tier": "TIER_2K",
		"health_status": map[string]any{"can_send_message": "AVAILABLE", "entities": []any{}},
	}
}

func (a *API) getPhone(c call) (any, *meta.Error) {
	number, _ := world.SendingNumberByID(c.node) // find has looked it up
	return pick(c, phoneNode, a.phoneFields(number), "verified_name", "code_verification_status", "display_phone_number",
		"quality_rating", "platform_type", "throughput", "webhook_configuration")
}

func (a *API) listPhones(c call) (any, *meta.Error) {
	var phones []any
	for _, number := range world.SendingNumbers() {
		phone, err := pick(c, phoneNode, a.phoneFields(number), "verified_name", "code_verification_status", "display_phone_number",
			"quality_rating", "platform_type", "throughput")
		if err != nil {
			return nil, err
		}
		phones = append(phones, phone)
	}
	return map[string]any{"data": phones, "paging": map[string]any{"cursors": map[string]string{"before": cursor(0), "after": cursor(len(phones))}}}, nil
}

// updatePhone sets the PIN or the number's own callback.
func (a *API) updatePhone(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	settings, err := meta.ParsePhoneSettings(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	if err := a.verifyOverride(c, settings.Override, settings.VerifyToken); err != nil {
		return nil, err
	}
	a.world.Account.Configure(c.node, settings)
	return success(), nil
}

func (a *API) registerPhone(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	pin, err := meta.ParseRegistration(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	if err := a.world.Account.Register(c.node, pin); err != nil {
		return nil, err
	}
	return success(), nil
}

func (a *API) deregisterPhone(c call) (any, *meta.Error) {
	a.world.Account.Deregister(c.node)
	return success(), nil
}
