package graph

import (
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// appToken is the app's own access token, which its id and its secret make.
func (a *API) appToken() string { return world.AppID + "|" + a.o.AppSecret }

// authorizeApp checks a call with the app's own token: it may ask about the app and about
// tokens, and sees nothing of the account.
func (a *API) authorizeApp(c call) *meta.Error {
	if err := a.checkProof(c, a.appToken()); err != nil {
		return err
	}
	if c.node != world.AppID && c.node != string(tokenNode) {
		return unsupported(c)
	}
	return nil
}

// checkProof checks the proof of the app secret if there is one.
func (a *API) checkProof(c call, token string) *meta.Error {
	query := c.r.URL.Query()
	if !query.Has("appsecret_proof") || query.Get("appsecret_proof") == meta.HexMAC(a.o.AppSecret, []byte(token)) {
		return nil
	}
	return &meta.Error{
		HTTP: http.StatusBadRequest, Code: 100, Type: "GraphMethodException", Bare: true,
		Title: "Invalid appsecret_proof provided in the API argument",
	}
}

// getSubscriptions lists what the app's webhook gets, as its dashboard has it. Only the
// app's own token may ask. The shape is remembered, not read.
func (a *API) getSubscriptions(c call) (any, *meta.Error) {
	if c.tokens()[0] != a.appToken() {
		return nil, &meta.Error{HTTP: http.StatusBadRequest, Code: 15, Bare: true, Title: "(#15) This method must be called with an app access token."}
	}
	data := []any{}
	if callback := a.world.Account.View().Callback; callback != "" {
		var fields []any
		for _, name := range []string{"account_update", "message_template_status_update", "messages"} {
			fields = append(fields, map[string]string{"name": name, "version": c.served.Version.String()})
		}
		data = append(data, map[string]any{
			"object": "whatsapp_business_account", "callback_url": callback, "active": true, "fields": fields,
		})
	}
	return map[string]any{"data": data}, nil
}
