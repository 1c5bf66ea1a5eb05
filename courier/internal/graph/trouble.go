package graph

import (
	"errors"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// TroubleError is why Meta did not do what was asked, in words for who runs the courier.
type TroubleError struct {
	// Wrong says that a setting is wrong; else it could not be found out.
	Wrong bool
	// Where is the path of the setting, What is wrong, and Do is what helps.
	Where, What, Do string
}

// Error is the trouble in one line.
func (t *TroubleError) Error() string { return t.Where + ": " + t.What + "; " + t.Do }

// Explain says what an error of a Client means for `what`, such as "the business account",
// which is read and perhaps changed, and which the setting `where` names.
func Explain(err error, where, what string) *TroubleError {
	refused, answered := errors.AsType[*RefusalError](err)
	if !answered {
		return &TroubleError{
			false, "whatsapp.base_url", fmt.Sprintf("Meta could not be asked about %s: %v", what, Cause(err)),
			"check base_url, proxy_url, name resolution and the firewall, and try again",
		}
	}
	switch {
	case refused.Code == 0:
		return &TroubleError{
			false, "whatsapp.base_url", fmt.Sprintf("what answers is not Meta's API: %v", refused),
			"check base_url, and what stands between here and there",
		}
	case refused.Proof:
		return &TroubleError{
			true, "whatsapp.app_secrets", fmt.Sprintf("the first app secret is not that of the app that whatsapp.access_token belongs to: %v", refused),
			"take it from the dashboard of that app, App settings, Basic",
		}
	case refused.badToken() && refused.Subcode == 463:
		return &TroubleError{true, "whatsapp.access_token", fmt.Sprintf("the token has expired: %v", refused), NewToken}
	case refused.badToken():
		return &TroubleError{true, "whatsapp.access_token", fmt.Sprintf("Meta does not take the token: %v", refused), NewToken}
	case refused.badVersion():
		return &TroubleError{
			true, "whatsapp.api_version", fmt.Sprintf("Meta has no such version of the API, or no more: %v", refused),
			"set one that Meta's Graph API changelog lists as available",
		}
	case refused.noObject():
		return &TroubleError{
			true, where, fmt.Sprintf("Meta does not find %s, or the token may not see it: %v", what, refused),
			"compare the id with the WhatsApp Manager, and assign the asset to the token's system user",
		}
	case refused.forbidden():
		return &TroubleError{
			true, "whatsapp.access_token", fmt.Sprintf("the token has no right to %s: %v", what, refused),
			"give it whatsapp_business_messaging and whatsapp_business_management, and its system user the account",
		}
	}
	return &TroubleError{
		false, where, fmt.Sprintf("Meta refused what was asked about %s: %v", what, refused),
		"try again later, or look the code up in Meta's list of error codes",
	}
}

// NewToken is what helps when the token does not.
const NewToken = "make a token of a system user in Meta's business settings, which does not expire, and give it whatsapp_business_messaging and whatsapp_business_management"

// Cause leaves out what only matters to messages: that one may have been sent.
func Cause(err error) error {
	if e, ok := errors.AsType[*courier.DeliveryError](err); ok && e.Cause != nil {
		return e.Cause
	}
	return err
}
