package app

import (
	"context"
	"strings"
	"time"

	"github.com/ory/x/logrusx"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/attribute"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

// observer logs and counts what happens to deliveries.
type observer struct {
	log     *logrusx.Logger
	metrics *metrics
	tracing *tracing
	// now is our own clock. Durations are measured by it alone: a provider's may
	// be minutes off, and Meta cuts its seconds.
	now func() time.Time
	// countries are those that the account may not write to.
	countries oncePer
	// respond acts on the security event of a delivery; nil does nothing.
	respond func(courier.Delivery)
}

var (
	_ courier.Observer        = (*observer)(nil)
	_ courier.BreakerObserver = (*observer)(nil)
)

// Received logs and counts the message at hand: the record that stands for it may
// be that of another message.
func (o *observer) Received(ctx context.Context, message courier.Delivery, r courier.Acceptance) {
	o.tracing.received(ctx, r)
	reason := ""
	if r.Outcome == courier.Suppressed {
		reason = r.Delivery.Reason
	}
	o.metrics.received.WithLabelValues(string(r.Outcome), string(message.Purpose), reason).Inc()
	level := logrus.DebugLevel
	if r.Outcome == courier.Suppressed {
		// Nothing else will be said of it.
		level = logrus.InfoLevel
	}
	message.ID, message.State, message.Reason = r.Delivery.ID, r.Delivery.State, r.Delivery.Reason
	o.say(level, "Answered a message of Kratos.", about(message), logrus.Fields{"outcome": r.Outcome})
}

func (o *observer) Attempted(d courier.Delivery, a courier.Attempt) {
	o.metrics.attempts.WithLabelValues(string(a.Channel), a.Provider, string(a.State), string(a.Class), a.Code).Inc()
	if !a.AcceptedAt.IsZero() {
		o.metrics.sent.WithLabelValues(string(a.Channel), d.To.CallingCode()).Inc()
	}
	if d.RepeatsUnknownSMS(a) {
		o.metrics.repeated.WithLabelValues().Inc()
	}
	o.restricted(d, a)
	level, text := logrus.DebugLevel, "Tried to send."
	if a.Class.Traits().Alarm() {
		level = logrus.ErrorLevel
		text = "A provider refuses every message, whoever the recipient is. Repair the credentials, the account or the settings that the detail names."
	}
	o.say(level, text, about(d), aboutAttempt(a))
}

func (o *observer) Reported(ctx context.Context, d courier.Delivery, a courier.Attempt, state courier.AttemptState) {
	o.tracing.learned(ctx, d, "report "+string(state), attribute.String("courier.channel", string(a.Channel)),
		attribute.String("courier.route", a.Provider), attribute.Int("courier.attempt", a.N))
	if state == courier.AttemptDelivered {
		observe(o.metrics.delivered.WithLabelValues(string(a.Channel)), max(0, o.now().Sub(d.AcceptedAt)), courier.TraceID(d.Trace))
	}
	if state == courier.AttemptFailed {
		o.restricted(d, a)
	}
	o.say(logrus.DebugLevel, "A provider reported.", about(d), aboutAttempt(a))
}

// Ended logs the one line that there is of every message whatever the level, and that
// says how it went.
func (o *observer) Ended(d courier.Delivery) {
	o.metrics.ended.WithLabelValues(string(d.State), string(d.Purpose)).Inc()
	level, text := logrus.InfoLevel, "A delivery ended."
	if d.State == courier.StateFailed {
		level, text = logrus.ErrorLevel, "No channel took this message, or its outcome is unknown: the person may have no code."
	}
	o.say(level, text, about(d), aboutEnd(d))
}

func (o *observer) Used(ctx context.Context, d courier.Delivery) {
	o.tracing.learned(ctx, d, "code used")
	channel := ""
	if n := len(d.Attempts); n > 0 {
		channel = string(d.Attempts[n-1].Channel)
	}
	o.metrics.used.WithLabelValues(channel, d.To.CallingCode()).Inc()
	o.say(logrus.DebugLevel, "A code was used.", about(d))
}

func (o *observer) Degraded(f courier.Fault) {
	o.metrics.degraded.WithLabelValues(f.Part).Set(1)
	o.log.WithField("part", f.Part).WithField("provider_code", f.Code).WithField("detail", f.Reason).Error(consequence(f.Part))
}

// consequence says what a degraded part means for people.
func consequence(part string) string {
	if kind, route, one := strings.Cut(part, ":"); one {
		what := map[string]string{courier.Account: "WhatsApp number", courier.SMSProvider: "SMS provider"}[kind]
		return "The " + what + " " + route + " is degraded: the others carry its messages, as far as they are in order, until it is repaired."
	}
	switch part {
	case courier.Account:
		return "The WhatsApp account is degraded: everyone gets an SMS until it is repaired."
	case courier.NoAnswer:
		return "Meta does not answer: everyone gets an SMS until it does."
	case courier.Webhooks:
		return "No reports arrive from Meta: everyone gets an SMS until they do."
	case courier.SMSProvider:
		return "The SMS provider is degraded: anyone not reached on WhatsApp gets no code."
	case courier.Clock:
		return "Our clock and Meta's differ: codes may end, and fallbacks leave, too early or too late."
	case courier.SMSBudget:
		return "The SMS budget is spent: anyone not reached on WhatsApp gets no code."
	}
	return "A language of the template is degraded: people get another language, or an SMS, until it is repaired."
}

func (o *observer) Recovered(f courier.Fault) {
	o.metrics.degraded.WithLabelValues(f.Part).Set(0)
	o.log.WithField("part", f.Part).Info("A degraded part has recovered.")
}

const securityEvent = "Security event: this login or this number may be in the hands of someone else."

func (o *observer) Alerted(d courier.Delivery) {
	o.metrics.alerts.WithLabelValues(d.Alert).Inc()
	o.say(logrus.WarnLevel, securityEvent, about(d), logrus.Fields{"alert": d.Alert})
	if o.respond != nil {
		o.respond(d)
	}
}

func (o *observer) Unusual(c courier.Conversion) {
	o.metrics.unusual.WithLabelValues().Inc()
	o.log.WithFields(logrus.Fields{"prefix": c.Prefix, "codes": c.Codes, "used": c.Used}).
		Warn("Unusually few of the latest codes for this prefix were used. This may be SMS pumping (artificially inflated traffic).")
}

func (o *observer) Trouble(doing string, err error) {
	o.metrics.trouble.WithLabelValues().Inc()
	o.log.WithError(err).WithField("doing", doing).Error("An internal operation failed.")
}

// failed reports an error on its way to a caller that will not log it.
func (o *observer) failed(doing string, err error) error {
	if err != nil {
		o.Trouble(doing, err)
	}
	return err
}

func (o *observer) webhookReceived(e webhook.Event) {
	o.metrics.webhooks.WithLabelValues(string(e.Kind), webhookField(e.Field)).Inc()
	if e.Kind == webhook.KindStatus {
		return
	}
	log := o.log.WithField("event", e.String())
	switch e.Kind {
	case webhook.KindFault, webhook.KindUnreadable:
		log.Warn("Meta reports a fault.")
	case webhook.KindForeign:
		log.WithField("account", e.AccountID).WithField("number_id", e.PhoneNumberID).
			Info("Meta sent an event about an account or a sending number of others.")
	default:
		log.Info("Meta sent an event that is about no delivery.")
	}
}

// identityChanged reports a person whose WhatsApp identity is another now. It
// may come long before the next code, or without one.
func (o *observer) identityChanged(e webhook.Event) {
	phone, _ := courier.ParsePhone("+" + e.From)
	o.metrics.alerts.WithLabelValues(courier.AlertIdentityChanged).Inc()
	log := o.log.WithField("to", phone.Masked()).WithField("alert", courier.AlertIdentityChanged)
	if e.UserID != "" {
		log = log.WithField("user", maskedUser(e.UserID))
	}
	log.Warn(securityEvent)
}

// maskedUser is a business-scoped user id as it may be logged: its country and
// its end. It is all there is of a person whose number Meta does not give.
func maskedUser(id string) string {
	const shown = 4
	country, rest, found := strings.Cut(id, ".")
	if !found || len(country) != 2 || len(rest) <= 2*shown {
		return "***"
	}
	return country + ".***" + rest[len(rest)-shown:]
}

// webhookField keeps the metric's label to fields that Meta documents.
func webhookField(field string) string {
	switch field {
	case "messages", "message_template_status_update", "message_template_quality_update",
		"template_category_update", "account_alerts", "account_update", "phone_number_quality_update":
		return field
	}
	return "other"
}
