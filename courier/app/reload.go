package app

import (
	"context"
	"errors"

	"github.com/sirupsen/logrus"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// keepReloading reads the configuration again whenever it is asked to, until ctx ends.
func (a *App) keepReloading(ctx context.Context) {
	if a.options.Read == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.options.Reload:
			a.reload(ctx)
		}
	}
}

// reload takes what has changed in the configuration and can change while the courier
// runs. With a faulty configuration all stays as it was.
func (a *App) reload(ctx context.Context) {
	a.refreshCertificates()
	changes, err := a.takeOver(ctx)
	if err != nil {
		a.works.metrics.reloaded.WithLabelValues().Set(0)
		log := a.log.WithError(err)
		if faulty, ok := errors.AsType[*ConfigError](err); ok {
			log = a.log.WithField("faults", faulty.Faults)
		}
		log.Error("The configuration was read again and is faulty: the old one stays in use. Correct it and ask again.")
		return
	}
	a.works.metrics.reloaded.WithLabelValues().Set(1)
	a.log.WithField("changed", inALine(changes.changed)).Info("The configuration was read again.")
	if len(changes.restart) > 0 {
		a.log.WithField("settings", inALine(changes.restart)).Warn("These settings have changed too and take a restart: until then the old ones stay in use.")
	}
}

func (a *App) takeOver(ctx context.Context) (merge, error) {
	var m merge
	newer, err := a.options.Read(ctx)
	if err != nil {
		return m, err
	}
	read := *newer.read
	read.tree = m.trees(a.running.tree, newer.read.tree)
	// What is new must also fit to what stays.
	config, err := read.config(ctx)
	if err != nil {
		return m, err
	}
	level, err := logrus.ParseLevel(config.Log.Level)
	if err != nil {
		return m, err
	}
	made, err := newSenders(config, a.options, a.jsonnet)
	if err != nil {
		return m, err
	}
	if err := a.store.Rotate(secret.RevealAll(config.Secrets.Cipher)); err != nil {
		return m, err
	}
	a.rotation.changed()
	a.running = config.read
	a.log.Logrus().SetLevel(level)
	for name, sender := range made.byName() {
		a.works.senders[name].set(sender)
	}
	a.works.dispatcher.SetBooks(a.books(config))
	a.serve(config, made)
	return m, nil
}
