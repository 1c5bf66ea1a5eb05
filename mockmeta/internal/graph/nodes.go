package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

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

// find checks what Meta checks before it looks at the operation: token, version,
// object.
func (a *API) find(c call) (nodeKind, *meta.Error) {
	if err := a.authorize(c); err != nil {
		return "", err
	}
	if c.served.Err != nil {
		return "", c.served.Err
	}
	_, sends := world.SendingNumberByID(c.node)
	switch {
	case sends:
		return phoneNode, nil
	case c.node == world.WABAID:
		return accountNode, nil
	case c.node == world.AppID:
		return appNode, nil
	case slices.Contains([]nodeKind{tokenNode, oauthNode, meNode}, nodeKind(c.node)):
		return nodeKind(c.node), nil
	}
	if _, ok := a.world.Templates.Get(c.node); ok {
		return templateNode, nil
	}
	if strings.Contains(c.edge, "/") {
		return "", meta.UnknownPath(c.r.URL.Path)
	}
	return "", unsupported(c)
}

// pick answers the fields that the query asks for, or the default ones.
func pick(c call, kind nodeKind, all map[string]any, defaults ...string) (any, *meta.Error) {
	names := defaults
	if raw := c.r.URL.Query().Get("fields"); raw != "" {
		names = strings.Split(raw, ",")
	}
	out := map[string]any{"id": all["id"]}
	for _, name := range names {
		name, _, _ = strings.Cut(strings.TrimSpace(name), "{")
		v, ok := all[name]
		if !ok {
			return nil, missingField(name, kind)
		}
		out[name] = v
	}
	return out, nil
}

// unsupported is what Graph answers about objects that are not there.
func unsupported(c call) *meta.Error {
	return &meta.Error{
		HTTP: http.StatusBadRequest, Code: 100, Subcode: 33, Type: "GraphMethodException", Bare: true,
		Title: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
			strings.ToLower(c.r.Method), c.node),
	}
}

func noSuchField(field string, kind nodeKind) *meta.Error {
	return &meta.Error{HTTP: http.StatusBadRequest, Code: 100, Title: fmt.Sprintf("Tried accessing nonexisting field (%s) on node type (%s)", field, kind)}
}
