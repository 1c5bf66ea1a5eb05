// Package app puts the courier together: configuration, store, senders, the two
// listeners. It is the only place that knows everybody.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/ory/herodot"
	"github.com/ory/x/healthx"
	"github.com/ory/x/logrusx"
	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/admin"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/kratos"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// App is a courier that listens and is about to work.
type App struct {
	config     *Config
	log        *logrusx.Logger
	store      store.Store
	jsonnet    *jsonnetEvaluator
	dispatcher *courier.Dispatcher
	listeners  listeners
	now        func() time.Time
	supervisor Supervisor
	stopping   atomic.Bool
	replicas   *replicas
	// oldKeys counts the deliveries under old secrets; nil until counted. Once keysAreNew
	// there will be none.
	oldKeys    atomic.Pointer[int]
	keysAreNew bool
	// erasedTo is the last of those that have lost their number.
	erasedTo courier.ID
}

// Options are what is not configuration.
type Options struct {
	// Migrate brings the tables of a PostgreSQL database up to date first.
	Migrate bool
	// Serves is which part of the work this process does; "" means all.
	Serves courier.Serves
	// Version is shown by /version and told to providers in User-Agent.
	Version string
	// Log takes the log, usually standard error.
	Log io.Writer
	// Console takes the messages of the `console` SMS provider, usually standard
	// output.
	Console io.Writer
	// Now is the clock; nil means that of the database where several replicas share it,
	// else time.Now.
	Now func() time.Time
	// Supervisor hears when the app is ready, alive and stopping; nil means systemd, if
	// it started this process.
	Supervisor Supervisor
}

// New opens the store and binds both ports. Nothing is left behind when it
// fails. Close or Run must follow.
func New(ctx context.Context, c *Config, o Options) (*App, error) {
	if o.Supervisor == nil {
		o.Supervisor = systemd{}
	}
	jsonnet, err := newJsonnet()
	if err != nil {
		return nil, err
	}
	opened, err := openStore(ctx, c, o.Migrate)
	if err != nil {
		jsonnet.Close()
		return nil, err
	}
	if shared, ok := opened.(interface{ Now() time.Time }); ok && o.Now == nil {
		o.Now = shared.Now // replicas whose clocks differ go by the database's
	} else if o.Now == nil {
		o.Now = time.Now
	}
	senders, err := newSenders(c, o, jsonnet)
	if err != nil {
		jsonnet.Close()
		return nil, errors.Join(err, opened.Close())
	}
	serves := cmp.Or(o.Serves, courier.ServesAll)
	if _, shared := opened.(store.Shared); !shared && serves != courier.ServesAll {
		jsonnet.Close()
		return nil, errors.Join(fmt.Errorf("dsn: `serve %s` works with others on one database: that takes PostgreSQL", serves), opened.Close())
	}
	a := &App{
		jsonnet: jsonnet, config: c, log: newLogger(c, o), store: opened, now: o.Now, supervisor: o.Supervisor,
		replicas: newReplicas(opened, serves, o.Version, o.Now),
	}
	if c.DSN == "memory" {
		a.log.Warn("dsn is memory: deliveries, limits and denied numbers are forgotten at the end of this process. Set dsn to a file in production.")
	}
	if unknown := c.unknownVariables; len(unknown) > 0 {
		a.log.WithField("variables", unknown).Warn("The environment has variables that look like settings and are none: they change nothing. Look for misspelt names.")
	}
	if err := a.wire(ctx, senders, o); err != nil {
		jsonnet.Close()
		return nil, errors.Join(err, opened.Close())
	}
	return a, nil
}

func (a *App) wire(ctx context.Context, senders senders, o Options) error {
	c := a.config
	serves := a.replicas.self.Serves
	policy := c.policy()
	policy.SentElsewhere = !serves.Sends()
	m := newMetrics(policy.Routes.Parts())
	watch := &observer{log: a.log, metrics: m, now: o.Now}
	answer := herodot.NewJSONWriter(quietReporter{a.log})
	books := courier.Books{Policy: policy, Limits: c.limits(), Budgets: c.budgets(), Unused: c.unused()}

	breakers := &courier.Breakers{ProbeEvery: c.WhatsApp.ProbeEvery, Outage: c.outage(), Routes: policy.Routes, Observer: watch}
	recent := &courier.Recent{}
	a.dispatcher = courier.NewDispatcher(courier.Setup{
		Store: a.store, Recent: recent, Senders: senders.byName(), Books: books, Breakers: breakers, Observer: watch, Now: o.Now,
	})
	a.replicas.share, a.replicas.heard, a.replicas.lastReport = a.dispatcher.Share, breakers.HeardElsewhere, breakers.LastReport
	tracker := &courier.Tracker{
		Store: a.store, Recent: recent, Books: books, Breakers: breakers, Observer: watch, HandOver: a.dispatcher.Offer, Now: o.Now,
	}
	handlers := privateHandlers{
		kratosKeys: auth.New(secret.RevealAll(c.Kratos.APIKeys),
			c.Kratos.BasicAuth.Username, c.Kratos.BasicAuth.Password.Reveal()),
		adminKeys: c.adminKeys(),
		messages: &kratos.Messages{Answer: answer, Intake: &courier.Intake{
			Store: a.store, Policy: policy, Limits: books.Limits, Ledger: a.store, Observer: watch,
			HandOver: a.dispatcher.Offer, RetrySpan: c.Kratos.RetrySpan, Now: o.Now,
		}},
		events: &kratos.Events{Answer: answer, UsedCodes: &courier.UsedCodes{
			Store: a.store, Recent: recent, Books: books, Observer: watch, Now: o.Now,
		}},
		admin: &admin.API{
			Desk: &courier.Desk{
				Store: a.store, Ledger: a.store, Eraser: a.store, Recent: recent, Books: books, Observer: watch,
				HandOver: a.dispatcher.Offer, Now: o.Now,
			},
			Changed: audit{log: a.log, trusted: c.trustedProxies()}.changed,
			Reader:  a.store, Denials: a.store, Faults: breakers.Faults, LastReport: breakers.LastReport, OldKeys: a.oldKeys.Load,
			Self: a.replicas.self.ID, Replicas: a.replicas.all, Trouble: watch.Trouble, Answer: answer, Now: o.Now,
		},
		health: healthx.NewHandler(answer, o.Version, healthx.ReadyCheckers{"store": a.ready}),
	}
	track := func(ctx context.Context, reports []courier.Report) error {
		return watch.failed("storing a provider's reports", tracker.Track(ctx, reports))
	}
	disown := func(ctx context.Context, provider, id string) error {
		return watch.failed("storing a security event", tracker.Disown(ctx, provider, id))
	}
	seen := func(ctx context.Context, from courier.Phone, at time.Time) error {
		return watch.failed("storing that a person is on WhatsApp", tracker.Seen(ctx, from, at))
	}
	callbacks := make(map[string]http.Handler)
	for _, sender := range senders.sms {
		addReceipts(callbacks, sender, sms.ReceiptSetup{Answer: answer, Trouble: watch.Trouble, Unreadable: m.noReceipt.WithLabelValues().Inc, Now: o.Now}, track)
	}
	if len(senders.whatsapp) > 0 {
		numbers := c.numberNames()
		callbacks[metaRoute] = webhook.New(webhook.Config{
			AppSecrets: secret.RevealAll(c.WhatsApp.AppSecrets), VerifyToken: c.WhatsApp.VerifyToken.Reveal(),
			PhoneNumberIDs: slices.Collect(maps.Keys(numbers)), AccountID: c.WhatsApp.BusinessAccountID,
		}, metaSink(track, metaWatch{
			breakers: breakers, numbers: numbers, variant: senders.whatsapp[0].Variant,
			foreign: breakers.HeardOfOther, disown: disown, seen: seen, now: o.Now,
		}, watch))
	}

	tools := listenerTools{answer: answer, log: a.log, metrics: m, trusted: c.trustedProxies(), unsigned: breakers.HeardRefused, now: o.Now}
	if serves.Private() {
		if err := a.listeners.open(ctx, private, c.Serve.Private, privateRoutes(handlers, tools)); err != nil {
			return err
		}
	}
	if serves.Public() {
		return a.listeners.open(ctx, public, c.Serve.Public, publicRoutes(callbacks, tools))
	}
	return nil
}

// Run serves until ctx ends, then stops: no new requests, those under way are
// finished within serve.grace, everything else stays in the store. It closes
// the app.
func (a *App) Run(ctx context.Context) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	a.beat(work) // the first send keeps to its share
	group, ended := errgroup.WithContext(ctx)
	for _, listener := range a.listeners {
		group.Go(listener.serve)
	}
	dispatched := make(chan struct{})
	go func() {
		defer close(dispatched)
		if a.replicas.self.Serves.Sends() {
			a.dispatcher.Run(work)
		}
	}()
	go a.keepBeating(work)
	if a.replicas.self.Serves.Sends() {
		go a.keepUp(work)
	}
	go a.feedWatchdog(work)
	addresses := a.Addresses()
	a.log.WithField("private", addresses.Private).WithField("public", addresses.Public).Info("Ready.")
	a.tell(daemon.SdNotifyReady)

	<-ended.Done()
	a.stopping.Store(true)
	a.log.Info("Stopping.")
	a.tell(daemon.SdNotifyStopping)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.Serve.Grace)
	defer cancel()
	err := a.listeners.stop(grace)
	stopWork()
	select {
	case <-dispatched:
	case <-grace.Done():
		a.log.Warn("Requests to providers were still under way at the end of serve.grace; their outcome counts as unknown.")
	}
	a.leave(grace)
	a.jsonnet.Close()
	return errors.Join(group.Wait(), err, a.store.Close())
}

// Close gives up an app that was never run.
func (a *App) Close() error {
	a.jsonnet.Close()
	return errors.Join(a.listeners.close(), a.store.Close())
}

// ready means: can store, and is not stopping. Meta being down does not count:
// a service that is not ready could not send SMS either.
func (a *App) ready(r *http.Request) error {
	if a.stopping.Load() {
		return errors.New("stopping")
	}
	if err := a.store.Ready(r.Context()); err != nil {
		a.log.WithError(err).Error("The store cannot be written.")
		return errors.New("the store cannot be written")
	}
	return nil
}
