package app

import (
	"maps"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// say logs a line of what all the fields say.
func (o *observer) say(level logrus.Level, text string, fields ...logrus.Fields) {
	if !o.log.Logrus().IsLevelEnabled(level) {
		return
	}
	all := make(logrus.Fields)
	for _, more := range fields {
		maps.Copy(all, more)
	}
	o.log.WithFields(all).Log(level, text)
}

func about(d courier.Delivery) logrus.Fields {
	return withTrace(courier.TraceID(d.Trace), logrus.Fields{
		"delivery": d.ID.String(), "to": d.To.Masked(), "purpose": string(d.Purpose),
		"state": string(d.State), "reason": d.Reason,
	})
}

// withTrace adds the id of a trace, if there is one.
func withTrace(id string, fields logrus.Fields) logrus.Fields {
	if id != "" {
		fields["trace_id"] = id
	}
	return fields
}

func aboutAttempt(a courier.Attempt) logrus.Fields {
	return logrus.Fields{
		"attempt": a.N, "channel": string(a.Channel), "provider": a.Provider,
		"attempt_state": string(a.State), "class": string(a.Class), "provider_code": a.Code, "detail": a.Reason,
	}
}

// aboutEnd is how a delivery came to its end: how long it took, what was left out, and
// of the last attempt, which tells how many there were, all that is known. Durations
// are by our own clock.
func aboutEnd(d courier.Delivery) logrus.Fields {
	fields := logrus.Fields{"took": since(d, d.EndedAt), "no_whatsapp": d.NoWhatsApp, "no_sms": d.NoSMS}
	if len(d.Attempts) == 0 {
		return fields
	}
	last := d.Attempts[len(d.Attempts)-1]
	maps.Copy(fields, aboutAttempt(last))
	if !last.AcceptedAt.IsZero() {
		fields["sent_after"] = since(d, last.AcceptedAt)
	}
	return fields
}

func since(d courier.Delivery, at time.Time) string {
	return at.Sub(d.AcceptedAt).Round(time.Millisecond).String()
}
