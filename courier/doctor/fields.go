package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// appHook is what an app's dashboard says of its webhook about WhatsApp.
type appHook struct {
	Object lenient.Text `json:"object"`
	Active bool         `json:"active"`
	Fields []struct {
		Name lenient.Text `json:"name"`
	} `json:"fields"`
}

// hooksOf reads an app's webhooks. Meta lets nothing do that but the app's own token, which
// is made of its id and its secret (Meta, "Access tokens").
func (m Meta) hooksOf(ctx context.Context, app string) ([]appHook, error) {
	own := asker{graph.New(graph.Config{
		BaseURL: m.BaseURL, APIVersion: m.APIVersion, AccessToken: secret.Text(app + "|" + m.AppSecret.Reveal()), AppSecret: m.AppSecret, HTTP: m.Client,
	})}
	var list struct {
		Data []appHook `json:"data"`
	}
	_, err := own.Get(ctx, url.Values{}, &list, app, "subscriptions")
	return list.Data, err
}

// examineFields asks which fields the app's webhook gets. An app without one is told of
// with the numbers.
func (m Meta) examineFields(ctx context.Context, app string, r *Report) {
	if app == "" {
		return
	}
	hooks, err := m.hooksOf(ctx, app)
	if err != nil {
		r.skipped("webhook", fmt.Sprintf("the fields of the app's webhook, which could not be read: %v", graph.Cause(err)))
		return
	}
	i := slices.IndexFunc(hooks, func(h appHook) bool { return h.Object == "whatsapp_business_account" })
	if i >= 0 {
		r.found(hooks[i].check()...)
	}
}

func (h appHook) check() []Finding {
	const where, dashboard = "webhook", " in the app dashboard, WhatsApp, Configuration, Webhook fields"
	if !h.Active {
		return []Finding{{Error, where, "the app's webhook is switched off, so no report ever comes", "save the callback URL again" + dashboard}}
	}
	missing := []string{"messages", "account_update", "message_template_status_update"}
	for _, f := range h.Fields {
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == string(f.Name) })
	}
	switch {
	case len(missing) == 0:
		return nil
	case missing[0] == "messages":
		return []Finding{{Error, where, "the app's webhook does not get the field messages, so no report ever comes", "subscribe to " + strings.Join(missing, ", ") + dashboard}}
	}
	return []Finding{{
		Warning, where, "the app's webhook does not get the field " + strings.Join(missing, ", ") + ": what it tells is learned only when messages fail",
		"subscribe to it" + dashboard,
	}}
}

// examineProof asks whether the token is of use to who has it alone.
func (m Meta) examineProof(ctx context.Context, r *Report) {
	bare := graph.New(graph.Config{BaseURL: m.BaseURL, APIVersion: m.APIVersion, AccessToken: m.AccessToken, HTTP: m.Client})
	_, _, err := bare.DescribeToken(ctx)
	refused, answered := errors.AsType[*graph.RefusalError](err)
	switch {
	case err == nil:
		r.learned("whatsapp.app_secrets", "the app takes its token without a proof of the app secret too; Require App Secret (app settings, Advanced) would end that")
	case answered && refused.Proof:
		r.learned("whatsapp.app_secrets", "the app takes its token only with a proof of the app secret")
	}
}
