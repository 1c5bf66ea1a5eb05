package app

import (
	"errors"
	"io"
	"net/http"
	"regexp"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// senders are the channels that reach people. A channel that no mode allows is nil.
type senders struct {
	whatsapp *whatsapp.Sender
	sms      courier.Sender
}

func (s senders) byChannel() map[courier.Channel]courier.Sender {
	all := make(map[courier.Channel]courier.Sender)
	if s.whatsapp != nil {
		all[courier.WhatsApp] = s.whatsapp
	}
	if s.sms != nil {
		all[courier.SMS] = s.sms
	}
	return all
}

// newSenders makes a sender for every channel that a mode allows. Its errors
// name the faulty settings by their paths.
func newSenders(c *Config, o Options, jsonnet sms.Evaluator) (senders, error) {
	var made senders
	agent := userAgent(o.Version)
	var whatsappErr, smsErr error
	if c.uses(courier.WhatsApp) {
		made.whatsapp, whatsappErr = newWhatsApp(c, agent)
	}
	if c.uses(courier.SMS) {
		made.sms, smsErr = newSMS(c, agent, o.Console, jsonnet)
	}
	return made, errors.Join(whatsappErr, smsErr)
}

// productVersion is a token (RFC 9110, section 5.6.2), which Go's "(devel)" is not.
var productVersion = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// userAgent is how we call ourselves when we ask a provider.
func userAgent(built string) string {
	if !productVersion.MatchString(built) {
		return "whatsapp-courier"
	}
	return "whatsapp-courier/" + built
}

func newWhatsApp(c *Config, agent string) (*whatsapp.Sender, error) {
	var appSecret string
	if secrets := c.WhatsApp.AppSecrets; len(secrets) > 0 {
		appSecret = secrets[0].reveal()
	}
	return whatsapp.New(whatsapp.Config{
		BaseURL:       c.WhatsApp.BaseURL,
		APIVersion:    c.WhatsApp.APIVersion,
		PhoneNumberID: c.WhatsApp.PhoneNumberID,
		AccessToken:   c.WhatsApp.AccessToken.reveal(),
		AppSecret:     appSecret,
		Template: whatsapp.Template{
			Name:            c.WhatsApp.Template.Name,
			Languages:       c.WhatsApp.Template.Languages,
			DefaultLanguage: c.WhatsApp.Template.DefaultLanguage,
		},
		Timeout:   c.WhatsApp.Timeout,
		UserAgent: agent,
		ProxyURL:  c.WhatsApp.ProxyURL.reveal(),
	})
}

func newSMS(c *Config, agent string, console io.Writer, jsonnet sms.Evaluator) (courier.Sender, error) {
	texts, err := sms.NewTexts(c.SMS.Texts)
	if err != nil {
		return nil, err
	}
	switch c.SMS.Provider {
	case "twilio":
		return newTwilio(c, agent, texts)
	case "http":
		return newHTTP(c, agent, texts, jsonnet)
	case "console":
		return sms.NewConsole(console, texts), nil
	}
	return nil, errors.New("sms.provider: is none, but fallback.mode promises SMS")
}

func newTwilio(c *Config, agent string, texts *sms.Texts) (*sms.Twilio, error) {
	return sms.NewTwilio(sms.TwilioConfig{
		BaseURL: c.SMS.Twilio.BaseURL, AccountSID: c.SMS.Twilio.AccountSID,
		AuthToken: c.SMS.Twilio.AuthToken.reveal(), From: c.SMS.Twilio.From,
		CallbackURL: c.SMS.Twilio.CallbackURL, Texts: texts, Timeout: c.SMS.Timeout, UserAgent: agent,
		ProxyURL: c.SMS.ProxyURL.reveal(),
	})
}

func newHTTP(c *Config, agent string, texts *sms.Texts, jsonnet sms.Evaluator) (*sms.HTTP, error) {
	h := c.SMS.HTTP
	headers := make(map[string]string, len(h.Headers))
	for name, value := range h.Headers {
		headers[name] = value.reveal()
	}
	return sms.NewHTTP(sms.HTTPConfig{
		URL: h.URL, Method: h.Method, Headers: headers,
		Auth: sms.HTTPAuth{
			Type: h.Auth.Type, In: h.Auth.Config.In, Name: h.Auth.Config.Name, Value: h.Auth.Config.Value.reveal(),
			User: h.Auth.Config.User, Password: h.Auth.Config.Password.reveal(),
		},
		Body: h.Body, MessageID: h.MessageID, Receipt: h.Receipt,
		Callback: sms.HTTPCallback{
			URL: h.Callback.URL, APIKeys: revealAll(h.Callback.APIKeys),
			Username: h.Callback.BasicAuth.Username, Password: h.Callback.BasicAuth.Password.reveal(),
		},
		Texts: texts, Timeout: c.SMS.Timeout, UserAgent: agent,
		ProxyURL: c.SMS.ProxyURL.reveal(), Evaluator: jsonnet,
	})
}

// smsCallbacks are the handlers of the SMS provider's receipts, by path.
func smsCallbacks(c *Config, sender courier.Sender, door sms.Door, sink sms.Sink) map[string]http.Handler {
	switch provider := sender.(type) {
	case *sms.Twilio:
		if c.SMS.Twilio.CallbackURL == "" {
			return nil
		}
		return map[string]http.Handler{"/webhooks/sms/twilio": sms.NewTwilioCallbacks(sms.TwilioCallbackConfig{
			AuthTokens: revealAll(append([]Secret{c.SMS.Twilio.AuthToken}, c.SMS.Twilio.CallbackAuthTokens...)), CallbackURL: c.SMS.Twilio.CallbackURL, Door: door,
		}, sink)}
	case *sms.HTTP:
		if c.SMS.HTTP.Receipt == "" {
			return nil
		}
		return map[string]http.Handler{"/webhooks/sms/http": provider.Receipts(door, sink)}
	}
	return nil
}
