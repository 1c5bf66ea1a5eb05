package app

import (
	"net/http"

	"github.com/ory/x/logrusx"
	"github.com/sirupsen/logrus"
)

// newLogger makes an Ory logger. Sensitive values stay hidden whatever the
// environment says: here they are people's login codes.
func newLogger(c *Config, o Options) *logrusx.Logger {
	log := logrusx.New("whatsapp-courier", o.Version,
		logrusx.WithConfigurator(logConfig{c}),
		logrusx.WithAdditionalRedactedHeaders([]string{"X-Hub-Signature-256", "X-API-Key", "X-Twilio-Signature"}))
	log.Logrus().SetOutput(o.Log)
	return log
}

// logConfig hands the log settings to logrusx.
type logConfig struct{ *Config }

// Bool answers false: the only switch is leak_sensitive_values.
func (logConfig) Bool(string) bool { return false }

// String answers log.level and log.format.
func (c logConfig) String(key string) string {
	switch key {
	case "log.level":
		return c.Log.Level
	case "log.format":
		return c.Log.Format
	}
	return ""
}

// Strings answers nothing: redacted headers are not configurable.
func (logConfig) Strings(string) []string { return nil }

// quietReporter logs the status of refused requests and leaves out the request
// and the error's trace, which could hold what a client sent.
type quietReporter struct{ log *logrusx.Logger }

// ReportError implements herodot.ErrorReporter.
func (q quietReporter) ReportError(r *http.Request, code int, err error, _ ...any) {
	log := q.log.WithFields(withTrace(sampledTrace(r.Context()), logrus.Fields{"status": code}))
	if code >= http.StatusInternalServerError {
		log.WithError(err).Error("A request failed.")
		return
	}
	log.WithField("error", err.Error()).Debug("A request was refused.")
}
