package graph

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// ServeHTTP serves everything that is not an SMS API.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var out reply
	var why world.Refusal
	c, err := readCall(r)
	c.served = c.version.Serve(r.URL.Path, a.world.Now(), a.o.RefuseExpiredVersions)
	if err == nil {
		out, err = a.answer(c)
	}
	if err != nil {
		out.status, out.body = err.HTTP, envelope(err, a.trace())
		why = world.Refusal{Code: err.Code, Reason: err.Explained()}
	}
	raw := marshal(out.body)
	if !out.recorded {
		a.world.Journal.Record(c.answered(out.status, raw), why)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Facebook-Api-Version", c.served.Version.String())
	if c.served.Warning != "" {
		w.Header().Set("X-Mockmeta-Warning", c.served.Warning)
	}
	w.Header().Set("X-Fb-Request-Id", a.trace())
	out.write(r.Context(), w, raw)
}

// marshal writes an answer of ours, which always can be written.
func marshal(body any) json.RawMessage {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}

func (a *API) answer(c call) (reply, *meta.Error) {
	kind, err := a.find(c)
	if err != nil {
		return reply{}, err
	}
	serve, ok := a.routes[endpoint{c.r.Method, kind, c.edge}]
	if !ok {
		return reply{}, noRoute(c, kind)
	}
	return serve(c)
}

// envelope is the error body of the Graph API.
func envelope(e *meta.Error, trace string) any {
	type errorData struct {
		MessagingProduct string `json:"messaging_product"`
		Details          string `json:"details"`
	}
	type body struct {
		Message   string     `json:"message"`
		Type      string     `json:"type"`
		Code      int        `json:"code"`
		ErrorData *errorData `json:"error_data,omitempty"`
		Subcode   int        `json:"error_subcode,omitempty"`
		Transient bool       `json:"is_transient,omitempty"`
		UserTitle string     `json:"error_user_title,omitempty"`
		UserMsg   string     `json:"error_user_msg,omitempty"`
		Trace     string     `json:"fbtrace_id"`
	}
	b := body{Message: e.Message(), Type: e.Type, Code: e.Code, Subcode: e.Subcode, Transient: e.Transient, UserTitle: e.UserTitle, UserMsg: e.UserMsg, Trace: trace}
	if b.Type == "" {
		b.Type = "OAuthException"
	}
	if e.Details != "" {
		b.ErrorData = &errorData{MessagingProduct: "whatsapp", Details: e.Details}
	}
	return map[string]any{"error": b}
}

// trace is a fbtrace_id.
func (a *API) trace() string { return fmt.Sprintf("Amock%018d", a.traces.Add(1)) }
