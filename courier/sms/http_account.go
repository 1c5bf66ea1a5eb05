package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Examine implements Examiner: it reads account_url with the credentials that messages are
// sent with. Without that URL there is nothing to ask.
func (h *HTTP) Examine(ctx context.Context) Account {
	ail := func(severity Severity, setting, what, do string) []Ailment {
		return []Ailment{{severity, h.path + "." + setting, what, do}}
	}
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, h.config().AccountURL, nil)
	if err != nil {
		return Account{Ailments: ail(Unknown, "account_url", "no request could be made of it", "correct it, or leave it empty")}
	}
	h.authorize(get)
	got, err := h.client.Do(get)
	if err != nil {
		if fault, ok := errors.AsType[*courier.DeliveryError](err); ok && fault.Cause != nil {
			err = fault.Cause // what it says of a message is about none
		}
		return Account{Ailments: ail(Unknown, "account_url", fmt.Sprintf("the provider could not be asked: %v", err), "check it, proxy_url, name resolution and the firewall")}
	}
	found := Account{Date: got.Header.Get("Date")}
	switch {
	case got.OK():
		found.Described = "the provider takes the credentials"
	case got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden:
		found.Ailments = ail(Wrong, "auth", fmt.Sprintf("the provider does not take the credentials: HTTP %d", got.Status), "take them from your SMS provider; account_url must be one that they may read")
	default:
		found.Ailments = ail(Unknown, "account_url", fmt.Sprintf("it does not tell whether the credentials are right: HTTP %d", got.Status), "set it to an address of the provider that answers GET with 2xx to who may send")
	}
	return found
}

// Examinable reports whether there is something to ask.
func (h *HTTP) Examinable() bool { return h.config().AccountURL != "" }
