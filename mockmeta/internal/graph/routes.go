package graph

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Options of the Graph API; all are needed.
type Options struct {
	Log *slog.Logger
	// URL is the base of this API, for links in its answers.
	URL string
	// AccessToken is the only bearer token that is taken; AppSecret is what its
	// proof is made with.
	AccessToken, AppSecret string
	// Lenient takes unknown fields in requests instead of reporting them.
	Lenient bool
	// RefuseExpiredVersions refuses versions that have ended.
	RefuseExpiredVersions bool
	// Handshake asks a callback whether it expects webhooks.
	Handshake func(ctx context.Context, callback, verifyToken string) error
}

// API is Meta's Graph API. Its routes are the index of all that is simulated.
type API struct {
	o      Options
	world  *world.World
	routes map[endpoint]route
	traces atomic.Uint64
}

// endpoint is a method, what the node in the path is, and an edge of it; "" is
// the node itself.
type endpoint struct {
	method string
	kind   nodeKind
	edge   string
}

// route answers one call, whose node is known and whose token is valid.
type route func(call) (reply, *meta.Error)

// New is the Graph API of a world.
func New(o Options, w *world.World) *API {
	a := &API{o: o, world: w}
	a.routes = map[endpoint]route{
		{"POST", phoneNode, "messages"}:                   a.sendMessage,
		{"GET", phoneNode, ""}:                            a.plantable(a.getPhone),
		{"POST", phoneNode, ""}:                           a.plantable(a.updatePhone),
		{"POST", phoneNode, "register"}:                   a.plantable(a.registerPhone),
		{"POST", phoneNode, "deregister"}:                 a.plantable(a.deregisterPhone),
		{"GET", accountNode, ""}:                          a.plantable(a.getAccount),
		{"GET", accountNode, "phone_numbers"}:             a.plantable(a.listPhones),
		{"GET", accountNode, "subscribed_apps"}:           a.plantable(a.getSubscribedApps),
		{"POST", accountNode, "subscribed_apps"}:          a.plantable(a.subscribeApp),
		{"DELETE", accountNode, "subscribed_apps"}:        a.plantable(a.unsubscribeApp),
		{"GET", accountNode, "message_templates"}:         a.plantable(a.listTemplates),
		{"POST", accountNode, "message_templates"}:        a.plantable(a.createTemplate),
		{"DELETE", accountNode, "message_templates"}:      a.plantable(a.deleteTemplates),
		{"POST", accountNode, "upsert_message_templates"}: a.plantable(a.upsertTemplates),
		{"GET", accountNode, "message_template_previews"}: a.plantable(a.previewTemplates),
		{"GET", templateNode, ""}:                         a.plantable(a.getTemplate),
		{"POST", templateNode, ""}:                        a.plantable(a.editTemplate),
		{"DELETE", templateNode, ""}:                      a.plantable(a.deleteTemplate),
		{"GET", tokenNode, ""}:                            a.plantable(a.debugToken),
		{"GET", appNode, "subscriptions"}:                 a.plantable(a.getSubscriptions),
	}
	return a
}

// plantable makes a route whose next answer tests can plant; a send has faults
// of its own.
func (a *API) plantable(serve func(call) (any, *meta.Error)) route {
	return func(c call) (reply, *meta.Error) {
		if f, planted := a.world.Faults.TakeGraph(); planted {
			return reply{}, meta.ErrorByCode(f.Code)
		}
		body, err := serve(c)
		return reply{status: http.StatusOK, body: body}, err
	}
}
