// Package app puts the courier together: configuration, store, senders, the two
// listeners. It is the only package that imports all others.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/ory/x/logrusx"
	"golang.org/x/sync/errgroup"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// App is a courier that listens and is about to work.
type App struct {
	config *Config
	// running is the configuration as of the last reload, for the next one.
	running    *reading
	options    Options
	log        *logrusx.Logger
	store      store.Store
	jsonnet    *jsonnetEvaluator
	tracing    *tracing
	works      works
	listeners  listeners
	now        func() time.Time
	supervisor Supervisor
	stopping   atomic.Bool
	// ending is closed when the app stops.
	ending   chan struct{}
	replicas *replicas
	rotation rotation
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
	// Reload asks for the configuration to be read again, by Read. Without Read nothing
	// is ever reloaded.
	Reload <-chan os.Signal
	Read   func(context.Context) (*Config, error)
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
		jsonnet: jsonnet, config: c, running: c.read, options: o, ending: make(chan struct{}), log: newLogger(c, o), store: opened, now: o.Now, supervisor: o.Supervisor,
		replicas: newReplicas(opened, serves, o.Version, o.Now),
	}
	if c.DSN == "memory" {
		a.log.Warn("dsn is memory: deliveries, limits and denied numbers are forgotten at the end of this process. Set dsn to a file in production.")
	}
	if unknown := c.unknownVariables; len(unknown) > 0 {
		a.log.WithField("variables", unknown).Warn("The environment has variables that look like settings and are none: they change nothing. Look for misspelt names.")
	}
	if a.tracing, err = newTracing(c, a.log, o.Now); err == nil {
		err = a.wire(ctx, senders)
	}
	if err != nil {
		jsonnet.Close()
		return nil, errors.Join(err, a.tracing.stop(ctx), opened.Close())
	}
	return a, nil
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
			a.works.dispatcher.Run(work)
		}
	}()
	revoked := make(chan struct{})
	go func() {
		defer close(revoked)
		if a.replicas.self.Serves.Sends() {
			a.works.revoker.Run(work)
		}
	}()
	go a.keepBeating(work)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if a.replicas.self.Serves.Sends() {
			a.keepUp(work)
		}
	}()
	go a.feedWatchdog(work)
	go a.keepReloading(work)
	go a.keepCertificates(work)
	addresses := a.Addresses()
	a.log.WithField("private", addresses.Private).WithField("public", addresses.Public).Info("Ready.")
	a.tell(daemon.SdNotifyReady)

	<-ended.Done()
	a.stopping.Store(true)
	close(a.ending)
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
	<-revoked // it gives up at once, and leaves what is owed to the next
	select {
	case <-kept: // or it would take the lease of the upkeep again after it was given back
	case <-grace.Done():
	}
	a.leave(grace)
	if err := a.tracing.stop(grace); err != nil {
		a.log.WithError(err).Warn("Spans are lost.")
	}
	a.jsonnet.Close()
	return errors.Join(group.Wait(), err, a.store.Close())
}

// Close gives up an app that was never run.
func (a *App) Close() error {
	a.jsonnet.Close()
	return errors.Join(a.listeners.close(), a.tracing.stop(context.Background()), a.store.Close())
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
