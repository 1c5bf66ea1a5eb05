package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/ory/x/logrusx"
	"github.com/sirupsen/logrus"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sessions"
)

// responder does what the configuration wants done after a security event, and says so in
// the audit log.
type responder struct {
	log     *logrusx.Logger
	metrics *metrics
	// wake says that there is something to do beside the deliveries.
	wake func()
	// wanted is replaced by a reload.
	wanted atomic.Pointer[responses]
}

// responses are what to do after which events.
type responses struct {
	revoke []string
	block  courier.Block
	kratos sessions.Kratos
}

func newResponder(log *logrusx.Logger, m *metrics) *responder {
	r := &responder{log: log, metrics: m, wake: func() {}}
	r.wanted.Store(&responses{})
	return r
}

// newRevoker makes what ends the sessions that are owed.
func (a *App) newRevoker() *sessions.Revoker {
	respond := a.works.responder
	r := sessions.New(sessions.Revoker{
		Store: a.store, Kratos: respond, Told: respond.revoked, Trouble: a.works.watch.Trouble, Now: a.options.Now,
		Leads: func(ctx context.Context) bool { return a.leads(ctx, revokeTask, sessions.Lease) },
	})
	respond.wake = r.Wake
	return r
}

// take takes what the configuration wants.
func (r *responder) take(c *Config) {
	wanted := &responses{revoke: c.SecurityEvents.RevokeSessions, block: c.limits().Block}
	if c.Kratos.AdminURL != "" {
		client := adminClient(c.Kratos.AdminURL, c.Kratos.AdminToken.Reveal())
		// A redirect would carry the token elsewhere.
		client.GetConfig().HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		wanted.kratos = sessions.Admin{Client: client}
	}
	r.wanted.Store(wanted)
}

// actsOn reports whether anything is to be done after an event.
func (r *responder) actsOn(alert string) bool {
	wanted := r.wanted.Load()
	return slices.Contains(wanted.revoke, alert) || wanted.block.Begins(alert)
}

// respond acts on the event of a delivery, and never waits for Kratos.
func (r *responder) respond(d courier.Delivery) {
	wanted := r.wanted.Load()
	if wanted.block.Begins(d.Alert) && !d.To.IsZero() {
		// The number was blocked by the commit that noted the event.
		r.audit(logrus.InfoLevel, "block_number", d.Alert, d.ID, logrus.Fields{"to": d.To.Masked(), "for": wanted.block.For.String(), "outcome": string(sessions.Done)})
	}
	if !slices.Contains(wanted.revoke, d.Alert) {
		return
	}
	task := sessions.Task{Delivery: d.ID, Alert: d.Alert}
	switch {
	case d.ID == courier.ID{}:
		r.revoked(task, sessions.Failed, errNoDelivery)
	case d.Identity == "":
		r.revoked(task, sessions.Failed, errNoIdentity)
	default:
		r.wake() // They are owed by that commit, too.
	}
}

var (
	// errNoIdentity: a registration's code is sent before there is an identity.
	errNoIdentity = errors.New("the delivery has no identity")
	// errNoDelivery: Kratos' messages say who has a number, and nothing else does.
	errNoDelivery = errors.New("no delivery to this number is kept that says whose it is")
	errNoKratos   = errors.New("kratos.admin_url is not set any more")
)

// EndSessions implements sessions.Kratos with the Kratos that the configuration has now.
func (r *responder) EndSessions(ctx context.Context, identity string) error {
	kratos := r.wanted.Load().kratos
	if kratos == nil {
		return errors.Join(sessions.ErrRefused, errNoKratos)
	}
	return kratos.EndSessions(ctx, identity)
}

// revoked says what became of the sessions of the person to whom a delivery went.
func (r *responder) revoked(t sessions.Task, outcome sessions.Outcome, err error) {
	level, fields := logrus.InfoLevel, logrus.Fields{"outcome": string(outcome)}
	if outcome != sessions.Waiting {
		r.metrics.revocations.WithLabelValues(string(outcome)).Inc()
	}
	if err != nil {
		level, fields["detail"] = logrus.ErrorLevel, strings.ReplaceAll(err.Error(), "\n", ", ")
	}
	r.audit(level, "revoke_sessions", t.Alert, t.Delivery, fields)
}

func (r *responder) audit(level logrus.Level, action, alert string, id courier.ID, fields logrus.Fields) {
	if id != (courier.ID{}) {
		fields["delivery"] = id.String()
	}
	r.log.WithFields(logrus.Fields{"audience": "audit", "action": action, "alert": alert}).
		WithFields(fields).Log(level, "A security event was acted on.")
}
