package mockmeta

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxBody bounds a request to the Graph API, in bytes.
const maxBody = 1 << 20

// graphCall is one request to the Graph API: a node, and an edge of it.
type graphCall struct {
	version meta.Version // that the path asks for; zero when it has none
	served  meta.Served
	node    string
	edge    string // empty for the node itself
	r       *http.Request
	body    []byte
	fields  meta.Fields
	// unreadable is why the body could not be read; said after the token was
	// checked.
	unreadable *meta.Error
}

// Params starts to read the parameters.
func (c graphCall) params() (*meta.Params, *meta.Error) {
	if c.unreadable != nil {
		return nil, c.unreadable
	}
	return meta.NewParams(c.fields), nil
}

// shown is the request as the journal keeps it. A token that may be a real one
// is not kept.
func (c graphCall) shown() json.RawMessage {
	if slices.ContainsFunc(c.tokens(), looksReal) {
		return nil
	}
	return c.fields.ShownBody(c.body)
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

// graphAPI is Meta's face of the world.
type graphAPI struct {
	*world
	routes map[string]graphRoute // by "METHOD kind/edge"
}

// graphRoute answers one call, whose node is known and whose token holds.
type graphRoute func(graphCall) (reply, *meta.Error)

// newGraphAPI has the whole Graph API in its routes.
func newGraphAPI(w *world) *graphAPI {
	g := &graphAPI{world: w, routes: map[string]graphRoute{}}
	route := func(method string, kind nodeKind, edge string, serve graphRoute) {
		g.routes[method+" "+string(kind)+"/"+edge] = serve
	}
	route("POST", phoneNode, "messages", g.sendMessage)
	route("GET", phoneNode, "", g.plantable(g.getPhone))
	route("POST", phoneNode, "", g.plantable(g.updatePhone))
	route("POST", phoneNode, "register", g.plantable(g.registerPhone))
	route("POST", phoneNode, "deregister", g.plantable(g.deregisterPhone))
	route("GET", accountNode, "", g.plantable(g.getAccount))
	route("GET", accountNode, "phone_numbers", g.plantable(g.listPhones))
	route("GET", accountNode, "subscribed_apps", g.plantable(g.getSubscribedApps))
	route("POST", accountNode, "subscribed_apps", g.plantable(g.subscribeApp))
	route("DELETE", accountNode, "subscribed_apps", g.plantable(g.unsubscribeApp))
	route("GET", accountNode, "message_templates", g.plantable(g.listTemplates))
	route("POST", accountNode, "message_templates", g.plantable(g.createTemplate))
	route("DELETE", accountNode, "message_templates", g.plantable(g.deleteTemplates))
	route("POST", accountNode, "upsert_message_templates", g.plantable(g.upsertTemplates))
	route("GET", accountNode, "message_template_previews", g.plantable(g.previewTemplates))
	route("GET", templateNode, "", g.plantable(g.getTemplate))
	route("POST", templateNode, "", g.plantable(g.editTemplate))
	route("DELETE", templateNode, "", g.plantable(g.deleteTemplate))
	route("GET", tokenNode, "", g.plantable(g.debugToken))
	return g
}

func (g *graphAPI) serve(mux *http.ServeMux) {
	mux.HandleFunc("/", g.handleGraph)
}

// plantable makes a route whose next answer tests can plant; a send has faults
// of its own.
func (g *graphAPI) plantable(serve func(graphCall) (any, *meta.Error)) graphRoute {
	return func(call graphCall) (reply, *meta.Error) {
		g.mu.Lock()
		planted := g.faults.take(onGraph, "", "")
		g.mu.Unlock()
		if f, ok := planted.find(client.GraphError, ""); ok {
			return reply{}, meta.ErrorByCode(f.Code)
		}
		body, err := serve(call)
		return reply{status: http.StatusOK, body: body}, err
	}
}

// handleGraph serves everything that is not the SMS side.
func (g *graphAPI) handleGraph(w http.ResponseWriter, r *http.Request) {
	var out reply
	call, err := readGraphCall(r)
	call.served = call.version.Serve(r.URL.Path, g.clock.Now(), g.opts.RefuseExpiredVersions)
	if err == nil {
		out, err = g.answer(call)
	}
	if err != nil {
		out.status, out.body = err.HTTP, envelope(err, g.trace())
	}
	raw, merr := json.Marshal(out.body)
	if merr != nil { // our own types always marshal
		panic(merr)
	}
	g.record(r, client.Call{Request: call.shown(), Status: out.status, Answer: raw, Warning: call.served.Warning}, out.rec)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Facebook-Api-Version", call.served.Version.String())
	if call.served.Warning != "" {
		w.Header().Set("X-Mockmeta-Warning", call.served.Warning)
	}
	w.Header().Set("X-Fb-Request-Id", g.trace())
	out.write(r.Context(), w, raw)
}

func readGraphCall(r *http.Request) (graphCall, *meta.Error) {
	call := graphCall{r: r}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if v, ok := meta.ParseVersion(parts[0]); ok {
		call.version, parts = v, parts[1:]
	}
	if len(parts) == 0 || parts[0] == "" {
		return call, meta.UnknownPath(r.URL.Path)
	}
	call.node, call.edge = parts[0], strings.Join(parts[1:], "/")
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	call.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return call, meta.ErrorByCode(100).With("the body is larger than %d bytes", maxBody)
	case err != nil:
		return call, meta.ErrorByCode(100).With("the body could not be read")
	}
	call.fields, call.unreadable = meta.ReadFields(r.Header.Get("Content-Type"), r.URL.Query(), body)
	return call, nil
}

// admitCall checks what Meta checks before it looks at the operation: token,
// version, object.
func (g *graphAPI) admitCall(call graphCall) (nodeKind, *meta.Error) {
	if err := g.authorize(call); err != nil {
		return "", err
	}
	if call.served.Err != nil {
		return "", call.served.Err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case call.node == PhoneNumberID:
		return phoneNode, nil
	case call.node == WABAID:
		return accountNode, nil
	case call.node == AppID:
		return appNode, nil
	case slices.Contains([]nodeKind{tokenNode, oauthNode, meNode}, nodeKind(call.node)):
		return nodeKind(call.node), nil
	case g.templates.byID(call.node) != nil:
		return templateNode, nil
	}
	if strings.Contains(call.edge, "/") {
		return "", meta.UnknownPath(call.r.URL.Path)
	}
	return "", unsupported(call)
}

func (g *graphAPI) answer(call graphCall) (reply, *meta.Error) {
	kind, err := g.admitCall(call)
	if err != nil {
		return reply{}, err
	}
	serve, ok := g.routes[call.r.Method+" "+string(kind)+"/"+call.edge]
	if !ok {
		return reply{}, noRoute(call, kind)
	}
	return serve(call)
}

func unsupported(call graphCall) *meta.Error {
	return &meta.Error{
		HTTP: http.StatusBadRequest, Code: 100, Subcode: 33, Type: "GraphMethodException", Bare: true,
		Title: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
			strings.ToLower(call.r.Method), call.node),
	}
}

func noSuchField(field string, kind nodeKind) *meta.Error {
	return &meta.Error{HTTP: http.StatusBadRequest, Code: 100, Title: fmt.Sprintf("Tried accessing nonexisting field (%s) on node type (%s)", field, kind)}
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

// trace is a fbtrace_id.
func (g *graphAPI) trace() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.traces++
	return fmt.Sprintf("Amock%018d", g.traces)
}
