package app

import (
	"errors"
	"io"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// senders are the ways to people. A channel that no mode allows is nil.
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
func newSenders(c *Config, console io.Writer) (senders, error) {
	var made senders
	var whatsappErr, smsErr error
	if c.uses(courier.WhatsApp) {
		made.whatsapp, whatsappErr = newWhatsApp(c)
	}
	if c.uses(courier.SMS) {
		made.sms, smsErr = newSMS(c, console)
	}
	return made, errors.Join(whatsappErr, smsErr)
}

func newWhatsApp(c *Config) (*whatsapp.Sender, error) {
	return whatsapp.New(whatsapp.Config{
		BaseURL:       c.WhatsApp.BaseURL,
		APIVersion:    c.WhatsApp.APIVersion,
		PhoneNumberID: c.WhatsApp.PhoneNumberID,
		AccessToken:   c.WhatsApp.AccessToken.reveal(),
		Template: whatsapp.Template{
			Name:            c.WhatsApp.Template.Name,
			Languages:       c.WhatsApp.Template.Languages,
			DefaultLanguage: c.WhatsApp.Template.DefaultLanguage,
		},
		Timeout: c.WhatsApp.Timeout,
	})
}

func newSMS(c *Config, console io.Writer) (courier.Sender, error) {
	texts, err := sms.NewTexts(c.SMS.Texts)
	if err != nil {
		return nil, err
	}
	switch c.SMS.Provider {
	case "twilio":
		twilio := sms.TwilioConfig{
			BaseURL: c.SMS.Twilio.BaseURL, AccountSID: c.SMS.Twilio.AccountSID,
			AuthToken: c.SMS.Twilio.AuthToken.reveal(), From: c.SMS.Twilio.From,
			Texts: texts, Timeout: c.SMS.Timeout,
		}
		if strings.HasPrefix(twilio.From, "MG") {
			twilio.From, twilio.MessagingServiceSID = "", c.SMS.Twilio.From
		}
		return sms.NewTwilio(twilio)
	case "console":
		return sms.NewConsole(console, texts), nil
	}
	return nil, errors.New("sms.provider: is not one of those in the schema")
}
