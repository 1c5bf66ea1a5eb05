package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// refusal is an answer of Meta's that is not what was asked for. Meta's texts are not
// passed on: they may quote what was sent.
type refusal struct {
	status, code, subcode int
	// proof says that the error is about appsecret_proof, which has no code of its own.
	proof bool
	trace string
}

func (e *refusal) Error() string {
	text := fmt.Sprintf("Meta answered HTTP %d", e.status)
	if e.code != 0 {
		text += fmt.Sprintf(" with error code %d", e.code)
	}
	if e.trace != "" {
		text += fmt.Sprintf(" (fbtrace_id %s)", e.trace)
	}
	return text
}

// parse reads an answer, or returns the *refusal that it is.
func parse(answer exchange.Answer, into any) error {
	var body struct {
		Error *struct {
			Code    lenient.Text `json:"code"`
			Subcode lenient.Text `json:"error_subcode"`
			Message lenient.Text `json:"message"`
			TraceID lenient.Text `json:"fbtrace_id"`
		} `json:"error"`
	}
	unreadable := json.Unmarshal(answer.Body, &body)
	if unreadable == nil && body.Error == nil && answer.OK() {
		if unreadable = json.Unmarshal(answer.Body, into); unreadable == nil {
			return nil
		}
	}
	refused := &refusal{status: answer.Status}
	if e := body.Error; e != nil {
		refused.code, _ = strconv.Atoi(string(e.Code))
		refused.subcode, _ = strconv.Atoi(string(e.Subcode))
		refused.proof = refused.code == 100 && strings.Contains(string(e.Message), "appsecret_proof")
		if regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(string(e.TraceID)) {
			refused.trace = string(e.TraceID)
		}
	}
	return refused
}

// aboutAll reports whether every other request would be refused too.
func (e *refusal) aboutAll() bool {
	return e.proof || e.badToken() || e.badVersion() || e.code == 0
}

func (e *refusal) badToken() bool   { return e.code == 190 || e.code == 102 || e.code == 104 }
func (e *refusal) badVersion() bool { return e.code == 2500 || e.code == 2635 }
func (e *refusal) noObject() bool   { return e.code == 803 || e.code == 100 && e.subcode == 33 }
func (e *refusal) forbidden() bool {
	return e.code == 3 || e.code == 10 || e.code >= 200 && e.code <= 299
}

// unread is the finding about something that Meta did not let us read. The codes are those
// of Meta's page on errors.
func unread(where, what string, err error) Finding {
	refused, answered := errors.AsType[*refusal](err)
	if !answered {
		return Finding{
			Unknown, "whatsapp.base_url", fmt.Sprintf("Meta could not be asked about %s: %v", what, cause(err)),
			"check base_url, proxy_url, name resolution and the firewall, and run doctor again",
		}
	}
	switch {
	case refused.code == 0:
		return Finding{
			Unknown, "whatsapp.base_url", fmt.Sprintf("what answers is not Meta's API: %v", refused),
			"check base_url, and what stands between here and there",
		}
	case refused.proof:
		return Finding{
			Error, "whatsapp.app_secrets", fmt.Sprintf("the first app secret is not that of the app that whatsapp.access_token belongs to: %v", refused),
			"take it from the dashboard of that app, App settings, Basic",
		}
	case refused.badToken() && refused.subcode == 463:
		return Finding{Error, "whatsapp.access_token", fmt.Sprintf("the token has expired: %v", refused), newToken}
	case refused.badToken():
		return Finding{Error, "whatsapp.access_token", fmt.Sprintf("Meta does not take the token: %v", refused), newToken}
	case refused.badVersion():
		return Finding{
			Error, "whatsapp.api_version", fmt.Sprintf("Meta has no such version of the API, or no more: %v", refused),
			"set one that Meta's Graph API changelog lists as available",
		}
	case refused.noObject():
		return Finding{
			Error, where, fmt.Sprintf("Meta does not find %s, or the token may not see it: %v", what, refused),
			"compare the id with the WhatsApp Manager, and assign the asset to the token's system user",
		}
	case refused.forbidden():
		return Finding{
			Error, "whatsapp.access_token", fmt.Sprintf("the token may not read %s: %v", what, refused),
			"give it whatsapp_business_messaging and whatsapp_business_management, and its system user the account",
		}
	}
	return Finding{Unknown, where, fmt.Sprintf("%s could not be read: %v", what, refused), "run doctor again later, or look the code up in Meta's list of error codes"}
}

const newToken = "make a token of a system user in Meta's business settings, which does not expire, and give it whatsapp_business_messaging and whatsapp_business_management"

// cause leaves out what only matters to messages: that one may have been sent.
func cause(err error) error {
	if e, ok := errors.AsType[*courier.DeliveryError](err); ok && e.Cause != nil {
		return e.Cause
	}
	return err
}
