package app

import (
	"errors"
	"regexp"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// senders are those of the routes that reach people. A channel that no mode allows has
// none.
type senders struct {
	whatsapp []*whatsapp.Sender
	sms      []courier.Sender
}

func (s senders) byName() map[string]courier.Sender {
	all := make(map[string]courier.Sender)
	for _, sender := range s.whatsapp {
		all[sender.Provider()] = sender
	}
	for _, sender := range s.sms {
		all[sender.Provider()] = sender
	}
	return all
}

// newSenders makes the senders of every channel that a mode allows. Its errors
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

// newWhatsApp makes the senders of all numbers.
func newWhatsApp(c *Config, agent string) ([]*whatsapp.Sender, error) {
	var appSecret string
	if secrets := c.WhatsApp.AppSecrets; len(secrets) > 0 {
		appSecret = secrets[0].Reveal()
	}
	var senders []*whatsapp.Sender
	for _, number := range c.numbers() {
		made, err := whatsapp.New(whatsapp.Config{
			Name:          number.Name,
			Section:       number.section,
			BaseURL:       c.WhatsApp.BaseURL,
			APIVersion:    c.WhatsApp.APIVersion,
			PhoneNumberID: number.PhoneNumberID,
			AccessToken:   c.WhatsApp.AccessToken.Reveal(),
			AppSecret:     appSecret,
			Template: whatsapp.Template{
				Name:            c.WhatsApp.Template.Name,
				Languages:       c.WhatsApp.Template.Languages,
				DefaultLanguage: c.WhatsApp.Template.DefaultLanguage,
			},
			Timeout:          c.WhatsApp.Timeout,
			ConnectTimeout:   c.WhatsApp.Connect,
			TLSTimeout:       c.WhatsApp.TLS,
			FirstByteTimeout: c.WhatsApp.FirstByte,
			UserAgent:        agent,
			ProxyURL:         c.WhatsApp.ProxyURL.Reveal(),
		})
		if err != nil {
			// What the numbers share is wrong with all of them.
			return nil, err
		}
		senders = append(senders, made)
	}
	return senders, nil
}
