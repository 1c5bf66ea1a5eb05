package app

import (
	"errors"
	"io"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/whatsapp"
)

// newSenders makes a sender for every channel that the mode allows. Its errors
// name the faulty settings by their paths.
func newSenders(c *Config, console io.Writer) (map[courier.Channel]courier.Sender, error) {
	senders := make(map[courier.Channel]courier.Sender)
	var faults []error
	add := func(channel courier.Channel, sender courier.Sender, err error) {
		senders[channel] = sender
		faults = append(faults, err)
	}
	if c.uses(courier.WhatsApp) {
		sender, err := newWhatsApp(c)
		add(courier.WhatsApp, sender, err)
	}
	if c.uses(courier.SMS) {
		sender, err := newSMS(c, console)
		add(courier.SMS, sender, err)
	}
	return senders, errors.Join(faults...)
}

func newWhatsApp(c *Config) (courier.Sender, error) {
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
