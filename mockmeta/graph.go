package mockmeta

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// maxBody bounds a request to the Graph API, in bytes.
const maxBody = 1 << 20

var versionSegment = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)

// graphCall is one request to the Graph API: a node, and an edge of it.
type graphCall struct {
	version version // that the path asks for; zero when it has none
	served  served
	node    string
	edge    string // empty for the node itself
	r       *http.Request
	body    []byte
	fields  requestFields
	// unreadable is why the body could not be read; said after the token was
	// checked.
	unreadable *graphError
}

// params starts to read the parameters.
func (c graphCall) params() (*params, *graphError) {
	if c.unreadable != nil {
		return nil, c.unreadable
	}
	return newParams(c.fields), nil
}

// shown is the request as the journal keeps it. A token that may be a real one
// is not kept.
func (c graphCall) shown() json.RawMessage {
	if slices.ContainsFunc(c.tokens(), looksReal) {
		return nil
	}
	return c.fields.shownBody(c.body)
}

// nodeKind is what an id in the path stands for.
type nodeKind string

const (
	phoneNode    nodeKind = "WhatsAppBusinessPhoneNumber"
	accountNode  nodeKind = "WhatsAppBusinessAccount"
	templateNode nodeKind = "MessageTemplate"
	tokenNode    nodeKind = "debug_token"
	// Of these we only know that Meta has them.
	appNode   nodeKind = "Application"
	oauthNode nodeKind = "oauth"
	meNode    nodeKind = "me"
)

// graphRoutes is the whole Graph API, as "METHOD kind/edge".
func (s *Server) graphRoutes() map[string]func(graphCall) (any, *graphError) {
	route := func(method string, kind nodeKind, edge string) string {
		return method + " " + string(kind) + "/" + edge
	}
	return map[string]func(graphCall) (any, *graphError){
		route("GET", phoneNode, ""):                            s.getPhone,
		route("POST", phoneNode, ""):                           s.updatePhone,
		route("POST", phoneNode, "register"):                   s.registerPhone,
		route("POST", phoneNode, "deregister"):                 s.deregisterPhone,
		route("GET", accountNode, ""):                          s.getAccount,
		route("GET", accountNode, "phone_numbers"):             s.listPhones,
		route("GET", accountNode, "subscribed_apps"):           s.getSubscribedApps,
		route("POST", accountNode, "subscribed_apps"):          s.subscribeApp,
		route("DELETE", accountNode, "subscribed_apps"):        s.unsubscribeApp,
		route("GET", accountNode, "message_templates"):         s.listTemplates,
		route("POST", accountNode, "message_templates"):        s.createTemplate,
		route("DELETE", accountNode, "message_templates"):      s.deleteTemplates,
		route("POST", accountNode, "upsert_message_templates"): s.upsertTemplates,
		route("GET", accountNode, "message_template_previews"): s.previewTemplates,
		route("GET", templateNode, ""):                         s.getTemplate,
		route("POST", templateNode, ""):                        s.editTemplate,
		route("DELETE", templateNode, ""):                      s.deleteTemplate,
		route("GET", tokenNode, ""):                            s.debugToken,
	}
}

// handleGraph serves everything that is not the SMS side.
func (s *Server) handleGraph(w http.ResponseWriter, r *http.Request) {
	out := reply{status: http.StatusOK}
	call, err := readGraphCall(r)
	call.served = call.version.serve(r.URL.Path, s.clock.Now(), s.opts.RefuseExpiredVersions)
	if err == nil {
		if r.Method == http.MethodPost && call.edge == "messages" {
			out, err = s.handleSend(call)
		} else {
			out.body, err = s.graph(call)
		}
	}
	if err != nil {
		out.status, out.body = err.HTTP, envelope(err, s.trace())
	}
	raw, merr := json.Marshal(out.body)
	if merr != nil { // our own types always marshal
		panic(merr)
	}
	s.record(r, client.Call{Request: call.shown(), Status: out.status, Answer: raw, Warning: call.served.warning}, out.rec)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Facebook-Api-Version", call.served.version.String())
	if call.served.warning != "" {
		w.Header().Set("X-Mockmeta-Warning", call.served.warning)
	}
	w.Header().Set("X-Fb-Request-Id", s.trace())
	out.write(r.Context(), w, raw)
}

func readGraphCall(r *http.Request) (graphCall, *graphError) {
	call := graphCall{r: r}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if v, ok := parseVersion(parts[0]); ok {
		call.version, parts = v, parts[1:]
	}
	if len(parts) == 0 || parts[0] == "" {
		return call, unknownPath(r.URL.Path)
	}
	call.node, call.edge = parts[0], strings.Join(parts[1:], "/")
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	call.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return call, errorByCode(100).with("the body is larger than %d bytes", maxBody)
	case err != nil:
		return call, errorByCode(100).with("the body could not be read")
	}
	call.fields, call.unreadable = readFields(r.Header.Get("Content-Type"), r.URL.Query(), body)
	return call, nil
}

// admitCall checks what Meta checks before it looks at the operation: token,
// version, object.
func (s *Server) admitCall(call graphCall) (nodeKind, *graphError) {
	if err := s.authorize(call); err != nil {
		return "", err
	}
	if call.served.err != nil {
		return "", call.served.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case call.node == PhoneNumberID:
		return phoneNode, nil
	case call.node == WABAID:
		return accountNode, nil
	case call.node == AppID:
		return appNode, nil
	case slices.Contains([]nodeKind{tokenNode, oauthNode, meNode}, nodeKind(call.node)):
		return nodeKind(call.node), nil
	case s.templates.byID(call.node) != nil:
		return templateNode, nil
	}
	if strings.Contains(call.edge, "/") {
		return "", unknownPath(call.r.URL.Path)
	}
	return "", unsupported(call)
}

// graph answers every call but a send.
func (s *Server) graph(call graphCall) (any, *graphError) {
	kind, err := s.admitCall(call)
	if err != nil {
		return nil, err
	}
	serve, ok := s.routes[call.r.Method+" "+string(kind)+"/"+call.edge]
	if !ok {
		return nil, noRoute(call, kind)
	}
	s.mu.Lock()
	planted := s.faults.take(onGraph, "", "")
	s.mu.Unlock()
	if f, ok := planted.find(client.GraphError, ""); ok {
		return nil, errorByCode(f.Code)
	}
	return serve(call)
}

func unknownPath(path string) *graphError {
	return &graphError{HTTP: http.StatusBadRequest, Code: 2500, Bare: true, Title: "Unknown path components: " + path}
}

func unsupported(call graphCall) *graphError {
	return &graphError{
		HTTP: http.StatusBadRequest, Code: 100, Subcode: 33, Type: "GraphMethodException", Bare: true,
		Title: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
			strings.ToLower(call.r.Method), call.node),
	}
}

func noSuchField(field string, kind nodeKind) *graphError {
	return &graphError{HTTP: http.StatusBadRequest, Code: 100, Title: fmt.Sprintf("Tried accessing nonexisting field (%s) on node type (%s)", field, kind)}
}

// envelope is the error body of the Graph API.
func envelope(e *graphError, trace string) any {
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
	b := body{Message: e.Title, Type: e.Type, Code: e.Code, Subcode: e.Subcode, Transient: e.Transient, UserTitle: e.UserTitle, UserMsg: e.UserMsg, Trace: trace}
	if !e.Bare {
		b.Message = fmt.Sprintf("(#%d) %s", e.Code, e.Title)
	}
	if b.Type == "" {
		b.Type = "OAuthException"
	}
	if e.Details != "" {
		b.ErrorData = &errorData{MessagingProduct: "whatsapp", Details: e.Details}
	}
	return map[string]any{"error": b}
}
