package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Meta is what the configuration says about Meta, as whatsapp.* unless a field says
// otherwise.
type Meta struct {
	BaseURL, APIVersion    string
	AccountID              string
	AccessToken, AppSecret secret.Text
	Numbers                []Number
	Template               Template
	// Callback is where the webhook is from outside; "" when that is not known.
	Callback string
	Client   *exchange.Client
}

// Number is one sending number.
type Number struct {
	// Section is where it stands in the configuration.
	Section string
	ID      string
	// Rate is in messages a second.
	Rate int
}

// Template is the authentication template, and what the rest of the configuration wants of
// it.
type Template struct {
	Name      string
	Languages []string
	// CodeLifespan is kratos.code_lifespan.
	CodeLifespan time.Duration
	// FallbackAfter is fallback.after; 0 when no mode falls back to SMS.
	FallbackAfter time.Duration
}

// examine asks Meta. What follows from the first answers decides whether there is anything
// else to ask.
func (m Meta) examine(ctx context.Context, r *Report, now func() time.Time) {
	ask := asker{graph.New(graph.Config{
		BaseURL: m.BaseURL, APIVersion: m.APIVersion, AccessToken: m.AccessToken, AppSecret: m.AppSecret, HTTP: m.Client,
	})}
	described, answer, err := ask.DescribeToken(ctx)
	said, refused := errors.AsType[*graph.RefusalError](err)
	if err != nil && (!refused || said.AboutAll()) {
		r.found(unread("whatsapp.access_token", "the access token", err))
		return
	}
	r.found(clock(answer.Get("Date"), "Meta", now())...)
	r.found(version(m.APIVersion, answer.Get("Facebook-Api-Version"), now())...)
	t := token{described}
	if refused {
		r.found(Finding{
			Unknown, "whatsapp.access_token", fmt.Sprintf("whose the token is and until when could not be read: %v", said),
			"look at it in Meta's access token debugger",
		})
	} else {
		r.found(t.check(now())...)
		if !t.Valid {
			return
		}
		r.learned("whatsapp.access_token", t.describe())
		m.examineProof(ctx, r)
	}
	hooks := m.examineNumbers(ctx, ask, r)
	m.examineAccount(ctx, ask, r, t, hooks)
}

// examineAccount asks about what belongs to the business account.
func (m Meta) examineAccount(ctx context.Context, ask asker, r *Report, t token, hooks map[string]callbacks) {
	const where = "whatsapp.business_account_id"
	account := m.AccountID
	if account == "" {
		if account = t.OnlyAccount(); account == "" {
			r.found(Finding{
				Unknown, where, "the business account is not known, so neither its templates nor its subscription could be read",
				"set it to the id of the WhatsApp Business Account, from the WhatsApp Manager",
			})
			return
		}
	}
	owned, err := ask.numbersOf(ctx, account)
	if err != nil {
		r.found(unread(where, "the business account", err))
		return
	}
	for _, n := range m.Numbers {
		if _, exists := hooks[n.ID]; exists {
			r.found(n.belongs(owned)...)
		}
	}
	templates, err := ask.Translations(ctx, account, m.Template.Name)
	if err != nil {
		r.found(unread("whatsapp.template.name", "the templates", err))
	} else {
		r.found(m.Template.check(templates)...)
	}
	subscribed, err := ask.subscribedApps(ctx, account)
	if err != nil {
		r.found(unread(where, "the account's subscription", err))
		return
	}
	findings := subscription(subscribed, string(t.AppID))
	r.found(findings...)
	if len(findings) > 0 {
		return
	}
	for _, n := range m.Numbers {
		if own, exists := hooks[n.ID]; exists {
			r.found(n.callback(own, m.Callback)...)
		}
	}
	m.examineFields(ctx, string(t.AppID), r)
}

// asker reads from the Graph API.
type asker struct{ graph.Client }

// unread is the finding about something that Meta did not let us read.
func unread(where, what string, err error) Finding {
	trouble := graph.Explain(err, where, what)
	severity := Unknown
	if trouble.Wrong {
		severity = Error
	}
	return Finding{severity, trouble.Where, trouble.What, trouble.Do}
}
