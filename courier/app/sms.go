package app

import (
	"errors"
	"io"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// SMSProviders are the settings of the SMS providers, each under its name. A
// provider declares its own in courier/sms.
type SMSProviders struct {
	Twilio sms.TwilioConfig `koanf:"twilio"`
	HTTP   sms.HTTPConfig   `koanf:"http"`
}

// named returns the settings of a provider, or nil for none.
func (p SMSProviders) named(name string) smsProvider {
	switch name {
	case "twilio":
		return p.Twilio
	case "http":
		return p.HTTP
	case "console":
		return sms.ConsoleConfig{}
	}
	return nil
}

// callbackURL is where a provider sends its receipts, "" for nowhere, and the setting
// that says so.
func (p SMSProviders) callbackURL(name string) (setting, url string) {
	switch name {
	case "twilio":
		return "twilio.callback_url", p.Twilio.CallbackURL
	case "http":
		return "http.callback.url", p.HTTP.Callback.URL
	}
	return "", ""
}

// smsProvider is the settings of one provider.
type smsProvider interface {
	// NewSender fails with every fault of the settings, one a line.
	NewSender(setup sms.Setup) (courier.Sender, error)
}

// missing are faults of a provider that is named but not set up. Some providers can
// tell without making a sender, and so while no mode allows SMS.
func (p SMSProviders) missing(section, name string) []string {
	provider, ok := p.named(name).(interface{ Missing() []string })
	if !ok {
		return nil
	}
	var faults []string
	for _, setting := range provider.Missing() {
		faults = append(faults, at(section+"."+name+"."+setting, "missing; "+section+".provider is "+name))
	}
	return faults
}

// newSMS makes the senders of all routes.
func newSMS(c *Config, agent string, console io.Writer, jsonnet sms.Evaluator) ([]courier.Sender, error) {
	texts, err := sms.NewTexts(c.SMS.Texts, c.SMS.Origin)
	if err != nil {
		return nil, err
	}
	var senders []courier.Sender
	for _, route := range c.smsRoutes() {
		provider := route.named(route.Provider)
		if provider == nil {
			err = errors.Join(err, errors.New(at(route.section+".provider", "there is no such provider")))
			continue
		}
		made, fault := provider.NewSender(sms.Setup{
			Name: route.Name, Section: route.section, Texts: texts,
			Timeout: c.SMS.Timeout, ConnectTimeout: c.SMS.Connect, TLSTimeout: c.SMS.TLS, FirstByteTimeout: c.SMS.FirstByte,
			UserAgent: agent, ProxyURL: route.ProxyURL, Evaluator: jsonnet, Console: console,
		})
		senders, err = append(senders, made), errors.Join(err, fault)
	}
	return senders, err
}

// addReceipts adds the handler of the receipts that a sender's provider sends, by its
// path; there may be none.
func addReceipts(handlers map[string]http.Handler, sender courier.Sender, setup sms.ReceiptSetup, sink sms.Sink) {
	if provider, ok := sender.(interface {
		Receipts(setup sms.ReceiptSetup, sink sms.Sink) http.Handler
	}); ok {
		if handler := provider.Receipts(setup, sink); handler != nil {
			handlers[receiptsRoute+sender.Provider()] = handler
		}
	}
}
