package mockmeta

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// realToken is how Meta's access tokens begin. One of those must never come
// here, not even by accident.
const realToken = "EAA"

func looksReal(token string) bool { return strings.HasPrefix(token, realToken) }

// tokens are the access tokens of a call: that of the header, then that of the
// query or the body.
func (c graphCall) tokens() []string {
	var list []string
	if token, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok {
		list = append(list, token)
	}
	for _, token := range []string{c.fields.Text("access_token"), c.r.URL.Query().Get("access_token")} {
		if token != "" {
			list = append(list, token)
		}
	}
	return list
}

// authorize checks the access token, and the proof of the app secret if there is
// one.
func (g *graphAPI) authorize(call graphCall) *meta.Error {
	tokens := call.tokens()
	switch {
	case len(tokens) == 0 || tokens[0] == "":
		return meta.ErrorByCode(104)
	case slices.ContainsFunc(tokens, looksReal):
		g.opts.Log.Error("a request carried what looks like a real access token of Meta; it was refused and not kept. Rotate the token if it is real")
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Bare: true, Title: "mockmeta refuses access tokens that look like Meta's real ones (EAA...): this is a mock"}
	case tokens[0] != g.opts.AccessToken:
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Bare: true, Title: "Invalid OAuth access token - Cannot parse access token"}
	}
	if query := call.r.URL.Query(); query.Has("appsecret_proof") && query.Get("appsecret_proof") != meta.HexMAC(g.opts.AppSecret, []byte(tokens[0])) {
		return &meta.Error{HTTP: http.StatusBadRequest, Code: 100, Type: "GraphMethodException", Bare: true, Title: "Invalid appsecret_proof provided in the API argument"}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tokenExpired() {
		ended := g.tokenEnds.UTC().Format("Monday, 02-Jan-06 15:04:05 MST")
		return &meta.Error{HTTP: http.StatusUnauthorized, Code: 190, Subcode: 463, Bare: true, Title: "Error validating access token: Session has expired on " + ended + "."}
	}
	return nil
}

// tokenExpired says whether the token has ended. The caller holds w.mu.
func (g *graphAPI) tokenExpired() bool {
	return !g.tokenEnds.IsZero() && !g.clock.Now().Before(g.tokenEnds)
}

// setTokenLife lets the access token end after life; 0 lets it live for ever.
func (w *world) setTokenLife(life time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokenEnds = time.Time{}
	if life != 0 {
		w.tokenEnds = w.clock.Now().Add(life)
	}
}

// debugToken answers GET /debug_token?input_token=. The shape is remembered,
// not read.
func (g *graphAPI) debugToken(call graphCall) (any, *meta.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	data := map[string]any{"app_id": AppID, "type": "SYSTEM_USER", "application": AppName, "user_id": "120000000000001"}
	ends := int64(0)
	if !g.tokenEnds.IsZero() {
		ends = g.tokenEnds.Unix()
	}
	switch input := call.r.URL.Query().Get("input_token"); {
	case input == "":
		return nil, meta.Required("input_token")
	case input != g.opts.AccessToken:
		data["is_valid"], data["scopes"] = false, []string{}
		data["error"] = map[string]any{"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
	case g.tokenExpired():
		data["is_valid"], data["scopes"], data["expires_at"] = false, []string{}, ends
		data["error"] = map[string]any{"code": 190, "subcode": 463, "message": "Error validating access token: Session has expired"}
	default:
		data["is_valid"], data["expires_at"], data["data_access_expires_at"], data["issued_at"] = true, ends, 0, g.started.Unix()
		data["scopes"] = []string{"whatsapp_business_management", "whatsapp_business_messaging"}
		data["granular_scopes"] = []any{map[string]any{"scope": "whatsapp_business_messaging", "target_ids": []string{WABAID}}}
	}
	return map[string]any{"data": data}, nil
}
