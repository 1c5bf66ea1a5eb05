package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// twilioAccount is what is looked at of an Account resource (Twilio's OpenAPI document).
type twilioAccount struct {
	Name   lenient.Text `json:"friendly_name"`
	Status lenient.Text `json:"status"`
	Type   lenient.Text `json:"type"`
}

// Examine implements Examiner: it reads the account.
func (t *Twilio) Examine(ctx context.Context) Account {
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, t.account, nil)
	if err != nil {
		return t.unasked(err)
	}
	t.authorize(get)
	got, err := t.client.Do(get)
	if err != nil {
		return t.unasked(err)
	}
	found := Account{Date: got.Header.Get("Date")}
	var account twilioAccount
	switch unreadable := json.Unmarshal(got.Body, &account); {
	case got.Status == http.StatusUnauthorized:
		found.Ailments = t.ail(Wrong, "auth_token", "Twilio does not take account_sid and auth_token", "take both from Twilio's console")
	case got.Status == http.StatusNotFound:
		found.Ailments = t.ail(Wrong, "account_sid", "Twilio does not find the account", "take it from Twilio's console; base_url must be Twilio's")
	case !got.OK() || unreadable != nil || account.Status == "":
		found.Ailments = t.ail(Unknown, "base_url", fmt.Sprintf("what answers does not tell of a Twilio account: HTTP %d", got.Status), "check base_url and proxy_url, and try again later")
	default:
		found.Described = fmt.Sprintf("the account %q, %s, %s", account.Name, account.Status, account.Type)
		found.Ailments = t.judge(account)
	}
	return found
}

// judge says what an account may not do.
func (t *Twilio) judge(a twilioAccount) []Ailment {
	switch {
	case a.Status != "active":
		return t.ail(Wrong, "account_sid", fmt.Sprintf("the account is %s: Twilio sends nothing for it", a.Status), "see Twilio's console for the reason")
	case a.Type == "Trial":
		return t.ail(Limited, "account_sid", "it is a trial account: only numbers that were verified in Twilio's console get SMS", "upgrade it in Twilio's console")
	}
	return nil
}

func (t *Twilio) unasked(err error) Account {
	if fault, ok := errors.AsType[*courier.DeliveryError](err); ok && fault.Cause != nil {
		err = fault.Cause // what it says of a message is about none
	}
	return Account{Ailments: t.ail(Unknown, "base_url", fmt.Sprintf("Twilio could not be asked: %v", err), "check base_url, proxy_url, name resolution and the firewall")}
}

func (t *Twilio) ail(severity Severity, setting, what, do string) []Ailment {
	return []Ailment{{severity, t.path + "." + setting, what, do}}
}
