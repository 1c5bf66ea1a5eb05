package mockmeta

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// maxBody bounds a request to the Graph API, in bytes.
const maxBody = 1 << 20

var versionSegment = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)

// graphCall is one request to the Graph API: a node, and an edge of it.
type graphCall struct {
	version string // as in the path; empty when the path has none
	node    string
	edge    string // empty for the node itself
	r       *http.Request
	body    []byte
}

// handleGraph serves everything that is not the SMS side.
func (s *Server) handleGraph(w http.ResponseWriter, r *http.Request) {
	status, answer := http.StatusOK, any(nil)
	call, gerr := readGraphCall(r)
	if gerr == nil {
		answer, gerr = s.graph(call)
	}
	if gerr != nil {
		status, answer = gerr.HTTP, envelope(gerr, s.trace())
	}
	raw, err := json.Marshal(answer)
	if err != nil { // our own types always marshal
		panic(err)
	}
	s.record(r, call.body, status, raw)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Facebook-Api-Version", call.version)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone needs no answer
}

func readGraphCall(r *http.Request) (graphCall, *graphError) {
	call := graphCall{r: r}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if versionSegment.MatchString(parts[0]) {
		call.version, parts = parts[0], parts[1:]
	}
	if len(parts) == 0 || parts[0] == "" || len(parts) > 2 {
		return call, &graphError{HTTP: http.StatusBadRequest, Code: 2500, Bare: true, Title: "Unknown path components: " + r.URL.Path}
	}
	call.node = parts[0]
	if len(parts) == 2 {
		call.edge = parts[1]
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	call.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return call, errorByCode(100).with("the body is larger than %d bytes", maxBody)
	case err != nil:
		return call, errorByCode(100).with("the body could not be read")
	}
	return call, nil
}

// graph answers a call, in the order in which Meta checks: token, object,
// operation.
func (s *Server) graph(call graphCall) (any, *graphError) {
	if err := s.authorize(call.r); err != nil {
		return nil, err
	}
	switch {
	case call.node == PhoneNumberID && call.edge == "messages" && call.r.Method == http.MethodPost:
		return s.sendMessage(call)
	default:
		return nil, &graphError{
			HTTP: http.StatusBadRequest, Code: 100, Subcode: 33, Type: "GraphMethodException", Bare: true,
			Title: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
				strings.ToLower(call.r.Method), call.node),
		}
	}
}

func (s *Server) authorize(r *http.Request) *graphError {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		token = r.URL.Query().Get("access_token")
	}
	switch {
	case token == "":
		return errorByCode(104)
	case token != s.opts.AccessToken:
		return &graphError{HTTP: http.StatusUnauthorized, Code: 190, Bare: true, Title: "Invalid OAuth access token - Cannot parse access token"}
	}
	return nil
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
		Trace     string     `json:"fbtrace_id"`
	}
	b := body{Message: e.Title, Type: e.Type, Code: e.Code, Subcode: e.Subcode, Transient: e.Transient, Trace: trace}
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
