package app

import (
	"errors"
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
		appSecret = secrets[0].Reveal()
	}
	return whatsapp.New(whatsapp.Config{
		BaseURL:       c.WhatsApp.BaseURL,
		APIVersion:    c.WhatsApp.APIVersion,
		PhoneNumberID: c.WhatsApp.PhoneNumberID,
		AccessToken:   c.WhatsApp.AccessToken.Reveal(),
		AppSecret:     appSecret,
		Template: whatsapp.Template{
			Name:            c.WhatsApp.Template.Name,
			Languages:       c.WhatsApp.Template.Languages,
			DefaultLanguage: c.WhatsApp.Template.DefaultLanguage,
		},
		Timeout:   c.WhatsApp.Timeout,
		UserAgent: agent,
		ProxyURL:  c.WhatsApp.ProxyURL.Reveal(),
	})
}
