package graph

import (
	"net/http"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// authorize checks the access token, and the proof of the app secret if there is
// one.
func (a *API) authorize(c call) *meta.Error {
	tokens := c.tokens()
	switch {
	case len(tokens) == 0 || tokens[0] == "":
		return meta.ErrorByCode(104)
	case slices.ContainsFunc(tokens, meta.LooksReal):
		a.o.Log.Error("a request carried what looks like a real access token of Meta; it was refused and not kept. Rotate the token if it is real")
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Bare: true, Title: "mockmeta refuses access tokens that look like Meta's real ones (EAA...): this is a mock"}
	case tokens[0] == a.appToken():
		return a.authorizeApp(c)
	case tokens[0] != a.o.AccessToken:
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Bare: true, Title: "Invalid OAuth access token - Cannot parse access token"}
	}
	if err := a.checkProof(c, tokens[0]); err != nil {
		return err
	}
	if end, expired := a.world.TokenEnd(); expired {
		ended := end.UTC().Format("Monday, 02-Jan-06 15:04:05 MST")
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Subcode: 463, Bare: true, Title: "Error validating access token: Session has expired on " + ended + "."}
	}
	return nil
}

// debugToken answers GET /debug_token?input_token=. The shape is remembered,
// not read.
func (a *API) debugToken(c call) (any, *meta.Error) {
	end, expired := a.world.TokenEnd()
	data := map[string]any{"app_id": world.AppID, "type": "SYSTEM_USER", "application": world.AppName, "user_id": "120000000000001"}
	ends := int64(0)
	if !end.IsZero() {
		ends = end.Unix()
	}
	switch input := c.r.URL.Query().Get("input_token"); {
	case input == "":
		return nil, meta.Required("input_token")
	case input != a.o.AccessToken:
		data["is_valid"], data["scopes"] = false, []string{}
		data["error"] = map[string]any{"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
	case expired:
		data["is_valid"], data["scopes"], data["expires_at"] = false, []string{}, ends
		data["error"] = map[string]any{"code": 190, "subcode": 463, "message": "Error validating access token: Session has expired"}
	default:
		data["is_valid"], data["expires_at"], data["data_access_expires_at"], data["issued_at"] = true, ends, 0, a.world.Started.Unix()
		data["scopes"] = []string{"whatsapp_business_management", "whatsapp_business_messaging"}
		data["granular_scopes"] = []any{map[string]any{"scope": "whatsapp_business_messaging", "target_ids": []string{world.WABAID}}}
	}
	return map[string]any{"data": data}, nil
}
