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
	revoker *sessions.Revoker
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
	r := &responder{log: log, metrics: m}
	r.wanted.Store(&responses{})
	r.revoker = sessions.New(r, r.revoked)
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
		r.audit(logrus.InfoLevel, "block_number", d.Alert, d.ID, logrus.Fields{"to": d.To.Masked(), "for": wanted.block.For.String(), "outcome": "done"})
	}
	if !slices.Contains(wanted.revoke, d.Alert) {
		return
	}
	task := sessions.Task{Identity: d.Identity, Delivery: d.ID, Alert: d.Alert}
	if d.Identity == "" {
		r.revoked(task, errNoIdentity)
		return
	}
	r.revoker.Offer(task)
}

var (
	// errNoIdentity: a registration's code is sent before there is an identity.
	errNoIdentity = errors.New("the delivery has no identity")
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
func (r *responder) revoked(t sessions.Task, err error) {
	if err == nil {
		r.metrics.revocations.WithLabelValues("done").Inc()
		r.audit(logrus.InfoLevel, "revoke_sessions", t.Alert, t.Delivery, logrus.Fields{"outcome": "done"})
		return
	}
	r.metrics.revocations.WithLabelValues("failed").Inc()
	why := strings.ReplaceAll(err.Error(), "\n", ", ")
	r.audit(logrus.ErrorLevel, "revoke_sessions", t.Alert, t.Delivery, logrus.Fields{"outcome": "failed", "detail": why})
}

func (r *responder) audit(level logrus.Level, action, alert string, id courier.ID, fields logrus.Fields) {
	r.log.WithFields(logrus.Fields{"audience": "audit", "action": action, "alert": alert, "delivery": id.String()}).
		WithFields(fields).Log(level, "A security event was acted on.")
}
