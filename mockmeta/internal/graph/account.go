package graph

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

func success() any { return map[string]bool{"success": true} }

func (a *API) getAccount(c call) (any, *meta.Error) {
	return pick(c, accountNode, map[string]any{
		"id": world.WABAID, "name": "Example Login", "currency": "USD", "timezone_id": "1", "message_template_namespace": "mock_namespace",
		"account_review_status": "APPROVED", "status": "ACTIVE",
	}, "name", "timezone_id", "message_template_namespace")
}

// getSubscribedApps lists the app when it gets the account's webhooks.
func (a *API) getSubscribedApps(call) (any, *meta.Error) {
	data := []any{}
	if v := a.world.Account.View(); v.Subscribed {
		app := map[string]any{"whatsapp_business_api_data": map[string]string{
			"link": "https://www.facebook.com/games/?app_id=" + world.AppID, "name": world.AppName, "id": world.AppID,
		}}
		if v.Override != "" {
			app["override_callback_uri"] = v.Override
		}
		data = append(data, app)
	}
	return map[string]any{"data": data}, nil
}

// subscribeApp turns the account's webhooks on, optionally with a callback of
// its own.
func (a *API) subscribeApp(c call) (any, *meta.Error) {
	p, err := c.params()
	if err != nil {
		return nil, err
	}
	override, verify, err := meta.ParseSubscription(p, a.o.Lenient)
	if err != nil {
		return nil, err
	}
	if err := a.verifyOverride(c, override, verify); err != nil {
		return nil, err
	}
	a.world.Account.Subscribe(override)
	return success(), nil
}

func (a *API) unsubscribeApp(call) (any, *meta.Error) {
	a.world.Account.Unsubscribe()
	return success(), nil
}

// verifyOverride makes the handshake with a callback override, if there is one.
func (a *API) verifyOverride(c call, callback, token string) *meta.Error {
	if callback == "" {
		return nil
	}
	if err := a.o.Handshake(c.r.Context(), callback, token); err != nil {
		return &meta.Error{HTTP: 400, Code: 2200, Title: "Callback verification failed with the following errors: " + err.Error()}
	}
	return nil
}
