package app

import (
	"context"
	"io"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// examinedSMS is what doctor needs to know of the ways to send SMS.
func (c *Config) examinedSMS(version string, jsonnet sms.Evaluator) ([]doctor.SMS, error) {
	senders, err := newSMS(c, userAgent(version), io.Discard, jsonnet)
	if err != nil {
		return nil, err // LoadConfig has refused it
	}
	var all []doctor.SMS
	for i, route := range c.smsRoutes() {
		s := doctor.SMS{Section: route.section, Provider: route.Provider, Route: receiptsRoute + route.Name, Examine: examinerOf(senders[i])}
		if setting, url := route.callbackURL(route.Provider); setting != "" && route.hasReceipts(route.Provider) {
			s.CallbackSetting, s.Callback = route.section+"."+setting, url
		}
		all = append(all, s)
	}
	return all, nil
}

// hasReceipts reports whether a provider's receipts are to be expected at the address that
// the courier names: of one that is told by its own console, that is not known.
func (p SMSProviders) hasReceipts(name string) bool {
	return name == "twilio" || name == "http" && p.HTTP.Receipt != "" && p.HTTP.Callback.URL != ""
}

// examinerOf asks a sender's provider, or is nil where nothing can be asked.
func examinerOf(sender courier.Sender) func(context.Context) doctor.SMSAccount {
	provider, ok := sender.(sms.Examiner)
	if !ok {
		return nil
	}
	if may, asks := sender.(interface{ Examinable() bool }); asks && !may.Examinable() {
		return nil
	}
	return func(ctx context.Context) doctor.SMSAccount {
		said := provider.Examine(ctx)
		account := doctor.SMSAccount{Described: said.Described, Date: said.Date}
		for _, ailment := range said.Ailments {
			account.Findings = append(account.Findings, doctor.Finding{
				Severity: doctor.Severity(ailment.Severity), Where: ailment.Where, What: ailment.What, Do: ailment.Do,
			})
		}
		return account
	}
}
