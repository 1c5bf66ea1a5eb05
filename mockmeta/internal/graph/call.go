package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// call is one request: a node, and an edge of it.
type call struct {
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

func readCall(r *http.Request) (call, *meta.Error) {
	c := call{r: r}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if v, ok := meta.ParseVersion(parts[0]); ok {
		c.version, parts = v, parts[1:]
	}
	if len(parts) == 0 || parts[0] == "" {
		return c, meta.UnknownPath(r.URL.Path)
	}
	c.node, c.edge = parts[0], strings.Join(parts[1:], "/")
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	c.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return c, meta.ErrorByCode(100).With("the body is larger than %d bytes", maxBody)
	case err != nil:
		return c, meta.ErrorByCode(100).With("the body could not be read")
	}
	c.fields, c.unreadable = meta.ReadFields(r.Header.Get("Content-Type"), r.URL.Query(), body)
	return c, nil
}

// params starts to read the parameters.
func (c call) params() (*meta.Params, *meta.Error) {
	if c.unreadable != nil {
		return nil, c.unreadable
	}
	return meta.NewParams(c.fields), nil
}

// tokens are the access tokens of a call: that of the header, then that of the
// query or the body.
func (c call) tokens() []string {
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

// answered is the call as the journal keeps it.
func (c call) answered(status int, answer json.RawMessage) client.Call {
	return client.Call{
		Method: c.r.Method, Path: c.r.URL.Path, Request: c.shown(),
		Status: status, Answer: answer, Warning: c.served.Warning,
	}
}

// shown is the request as the journal keeps it. A token that may be a real one
// is not kept.
func (c call) shown() json.RawMessage {
	if slices.ContainsFunc(c.tokens(), meta.LooksReal) {
		return nil
	}
	return c.fields.ShownBody(c.body)
}
