package app

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ory/herodot"
	"github.com/ory/x/healthx"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin/screen"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/kratos"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sessions"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/status"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// works are what stays while the configuration changes: what is known about deliveries
// and providers, and the places into which a reload puts what it has made anew.
type works struct {
	policy     courier.Policy
	recent     *courier.Recent
	breakers   *courier.Breakers
	dispatcher *courier.Dispatcher
	metrics    *metrics
	watch      *observer
	answer     herodot.Writer
	visitors   *status.Visitors

	// desk is that of the latest configuration.
	desk      atomic.Pointer[courier.Desk]
	responder *responder
	revoker   *sessions.Revoker

	senders         map[string]*liveSender
	private, public liveHandler
}

// wire makes the works, and opens the listeners of this process.
func (a *App) wire(ctx context.Context, made senders) error {
	c, o := a.config, a.options
	serves := a.replicas.self.Serves
	policy := c.policy()
	policy.SentElsewhere = !serves.Sends()
	m := newMetrics(policy.Routes.Parts())
	respond := newResponder(a.log, m)
	watch := &observer{log: a.log, metrics: m, tracing: a.tracing, now: o.Now, respond: respond.respond}
	breakers := &courier.Breakers{ProbeEvery: c.WhatsApp.ProbeEvery, Outage: c.outage(), Routes: policy.Routes, Observer: watch}
	a.works = works{
		policy: policy, recent: &courier.Recent{}, breakers: breakers, metrics: m, watch: watch, responder: respond,
		answer: herodot.NewJSONWriter(quietReporter{a.log}), senders: liveSenders(policy.Routes, made.byName(), m, a.tracing),
		visitors: newVisitors(c, o),
	}
	a.works.dispatcher = courier.NewDispatcher(courier.Setup{
		Store: a.store, Recent: a.works.recent, Senders: asSenders(a.works.senders), Books: a.books(c), Breakers: breakers, Observer: watch, Now: o.Now,
	})
	a.works.revoker = a.newRevoker()
	a.replicas.share, a.replicas.heard, a.replicas.lastReport = a.works.dispatcher.Share, breakers.HeardElsewhere, breakers.LastReport
	a.serve(c, made)
	a.measure()
	if serves.Private() {
		if err := a.listeners.open(ctx, private, c.Serve.Private, &a.works.private); err != nil {
			return err
		}
	}
	if serves.Public() {
		if err := a.listeners.open(ctx, public, c.Serve.Public.Listener, &a.works.public); err != nil {
			return err
		}
	}
	for _, s := range a.listeners {
		handshakes := &refusals{log: a.log, metrics: m, listener: s.name, now: o.Now}
		s.observe(connectionLog{log: a.log, refused: handshakes.unverified}, m)
	}
	return nil
}

// measure lets the metrics hear of the store and ask about what goes on.
func (a *App) measure() {
	w := &a.works
	w.metrics.build.WithLabelValues(a.options.Version).Set(1)
	a.store.WatchCommits(w.metrics.committed)
	w.metrics.registry.MustRegister(&sampled{
		load: w.dispatcher.Load, lastReport: w.breakers.LastReport, backlog: a.store.Backlog,
		usage:   func(ctx context.Context) ([]courier.Usage, error) { return w.desk.Load().Usage(ctx, courier.Phone{}) },
		trouble: w.watch.Trouble, now: a.options.Now, described: describeSampled(),
	})
}

func (a *App) books(c *Config) courier.Books {
	return courier.Books{Policy: a.works.policy, Limits: c.limits(), Budgets: c.budgets(), Unused: c.unused(), Revoke: courier.Revoke{Events: c.SecurityEvents.RevokeSessions}}
}

// serve lets the listeners answer by a configuration from the next request on.
func (a *App) serve(c *Config, made senders) {
	w := &a.works
	w.responder.take(c)
	tools := listenerTools{
		answer: w.answer, log: a.log, metrics: w.metrics, tracing: a.tracing, trusted: c.trustedProxies(), unsigned: w.breakers.HeardRefused, now: a.options.Now,
	}
	tools.clients = c.Serve.Private.TLS.clientRule()
	w.private.set(privateRoutes(a.privateHandlers(c), tools))
	tools.clients = c.Serve.Public.TLS.clientRule()
	w.public.set(publicRoutes(a.callbacks(c, made), a.statusAPI(c), tools))
}

func (a *App) privateHandlers(c *Config) privateHandlers {
	w, now, books := &a.works, a.options.Now, a.books(c)
	since, settings := now(), c.fingerprints()
	desk := &courier.Desk{
		Store: a.store, Ledger: a.store, Eraser: a.store, Recent: w.recent, Books: books, Observer: w.watch,
		HandOver: w.dispatcher.Offer, Now: now,
	}
	w.desk.Store(desk)
	return privateHandlers{
		kratosKeys: auth.New(secret.RevealAll(c.Kratos.APIKeys),
			c.Kratos.BasicAuth.Username, c.Kratos.BasicAuth.Password.Reveal()),
		adminKeys: c.adminKeys(),
		messages: &kratos.Messages{Answer: w.answer, Intake: &courier.Intake{
			Store: a.store, Policy: w.policy, Limits: books.Limits, Ledger: a.store, Observer: w.watch,
			Trace: a.tracing.of, HandOver: w.dispatcher.OfferNew, RetrySpan: c.Kratos.RetrySpan, Tokens: c.Status.Enabled, Now: now,
		}},
		events: &kratos.Events{Answer: w.answer, UsedCodes: &courier.UsedCodes{
			Store: a.store, Recent: w.recent, Books: books, Observer: w.watch, Now: now,
		}},
		admin: &admin.API{
			Desk:    desk,
			Prices:  admin.Prices{Currency: c.Reports.Currency, All: c.prices()},
			Changed: audit{log: a.log, trusted: c.trustedProxies()}.changed,
			Reader:  a.store, Denials: a.store, Faults: w.breakers.Faults, LastReport: w.breakers.LastReport, OldKeys: a.rotation.left,
			Configuration: func() admin.Configuration {
				at := a.Addresses()
				return admin.Configuration{Since: since, Settings: settings, Private: at.Private, Public: at.Public}
			},
			Self: a.replicas.self.ID, Replicas: a.replicas.all, Trouble: w.watch.Trouble, Answer: w.answer, Now: now,
		},
		screen: &screen.Screen{
			Reader: a.store, Desk: desk, Faults: w.breakers.Faults, LastReport: w.breakers.LastReport, Trouble: w.watch.Trouble,
			Answer: w.answer, Ending: a.ending, Now: now,
		},
		health: healthx.NewHandler(w.answer, a.options.Version, healthx.ReadyCheckers{"store": a.ready}),
	}
}

// callbacks are the handlers of what providers report, by path.
func (a *App) callbacks(c *Config, made senders) map[string]http.Handler {
	w, now := &a.works, a.options.Now
	tracker := &courier.Tracker{
		Store: a.store, Entries: a.store, Recent: w.recent, Books: a.books(c), Breakers: w.breakers, Observer: w.watch, HandOver: w.dispatcher.Offer, Now: now,
	}
	track := func(ctx context.Context, reports []courier.Report) error {
		return w.watch.failed("storing a provider's reports", tracker.Track(ctx, reports))
	}
	disown := func(ctx context.Context, provider, id string) error {
		return w.watch.failed("storing a security event", tracker.Disown(ctx, provider, id))
	}
	distrust := func(ctx context.Context, from courier.Phone, since time.Time) error {
		d, news, err := tracker.Distrust(ctx, from, since)
		if news && err == nil {
			w.responder.respond(d)
		}
		return w.watch.failed("storing a security event", err)
	}
	if !w.responder.actsOn(courier.AlertIdentityChanged) {
		distrust = nil
	}
	seen := func(ctx context.Context, from courier.Phone, at time.Time) error {
		return w.watch.failed("storing that a person is on WhatsApp", tracker.Seen(ctx, from, at))
	}
	callbacks := make(map[string]http.Handler)
	for _, sender := range made.sms {
		addReceipts(callbacks, sender, sms.ReceiptSetup{
			Answer: w.answer, Trouble: w.watch.Trouble, Unreadable: w.metrics.noReceipt.WithLabelValues().Inc, Now: now,
		}, track)
	}
	if len(made.whatsapp) > 0 {
		numbers := c.numberNames()
		callbacks[metaRoute] = webhook.New(webhook.Config{
			AppSecrets: secret.RevealAll(c.WhatsApp.AppSecrets), VerifyToken: c.WhatsApp.VerifyToken.Reveal(),
			PhoneNumberIDs: slices.Collect(maps.Keys(numbers)), AccountID: c.WhatsApp.BusinessAccountID,
		}, metaSink(track, metaWatch{
			breakers: w.breakers, numbers: numbers, variant: made.whatsapp[0].Variant, quality: w.metrics.templateQuality,
			foreign: w.breakers.HeardOfOther, disown: disown, distrust: distrust, seen: seen, now: now,
		}, w.watch))
	}
	return callbacks
}
