package sms

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// maxAnswer bounds what of an answer snippets get to see, in bytes.
const maxAnswer = 16 << 10

// answerInput is the input of sms.http.message_id.
type answerInput struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

// verdict is the result of sms.http.message_id.
type verdict struct {
	ID       text  `json:"id"`
	Accepted *bool `json:"accepted"`
	fault
}

// fault is what a snippet says about a failure.
type fault struct {
	Class  courier.Class `json:"class"`
	Code   text          `json:"code"`
	Reason string        `json:"reason"`
}

// UnmarshalJSON takes the id alone, or an object.
func (v *verdict) UnmarshalJSON(raw []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return v.ID.UnmarshalJSON(raw)
	}
	type plain verdict
	if err := strict(raw, (*plain)(v)); err != nil {
		return err
	}
	return v.check()
}

// longestID is more than any provider's ids have, in bytes.
const longestID = 256

func (f fault) check() error {
	if f.Class != "" && !f.Class.Traits().InSnippets {
		return errResult
	}
	return nil
}

var (
	looksLikeCode  = regexp.MustCompile(`^[A-Za-z0-9_.:/ -]{0,40}$`)
	looksLikePhone = regexp.MustCompile(`\d{9}`)
)

// code is the provider's code, unless it has not the looks of one: a snippet may
// have mistaken a number or a text for it.
func (f fault) code() string {
	if !looksLikeCode.MatchString(string(f.Code)) || looksLikePhone.MatchString(string(f.Code)) {
		return ""
	}
	return string(f.Code)
}

// read says what an answer means.
func (h *HTTP) read(ctx context.Context, o courier.Outgoing, got exchange.Answer) (courier.Taken, error) {
	class, reason := exchange.ByStatus(got.Status, courier.SMS)
	failure := &courier.DeliveryError{Class: class, Reason: reason, RetryAfter: exchange.RetryAfter(got.Header)}
	accepted := courier.Taken{Receipts: h.receipt != nil}
	if h.messageID == nil {
		if got.OK() {
			return accepted, nil
		}
		return courier.Taken{}, failure
	}
	var v verdict
	err := h.messageID.call(context.WithoutCancel(ctx), answerInput{Status: got.Status, Headers: single(got.Header), Body: readAnswer(got.Body)}, &v)
	if err == nil && len(v.ID) > longestID {
		err = errResult
	}
	if err != nil {
		// The class stays that of the status: the message may have left.
		failure.Reason = fmt.Sprintf("%s could not read the answer (%s); %s", h.messageID.path, cause(err), reason)
		return courier.Taken{}, failure
	}
	ok := got.OK() && v.ID != ""
	if v.Accepted != nil {
		ok = *v.Accepted
	}
	if ok {
		accepted.ProviderID = string(v.ID)
		return accepted, nil
	}
	if v.Accepted != nil && got.OK() {
		failure.Class, failure.Reason = courier.ClassConfig, fmt.Sprintf("the provider refused the message with HTTP %d", got.Status)
	}
	switch {
	case v.Class != "":
		failure.Class = v.Class
	case v.Code != "" && failure.Class == courier.ClassDoubtful:
		// The provider itself has answered, and no gateway in its place.
		failure.Class = exchange.Refused(got.Status)
	}
	if code := v.code(); without(o, code) == code {
		failure.Code = code
	}
	if said := forOperators(without(o, v.Reason)); said != "" {
		failure.Reason = "the provider says: " + said
	}
	return courier.Taken{}, failure
}

// without takes code and number out of what a provider says.
func without(o courier.Outgoing, said string) string {
	for _, secret := range []string{o.Code.Reveal(), o.To.E164(), strings.TrimPrefix(o.To.E164(), "+")} {
		if secret != "" {
			said = strings.ReplaceAll(said, secret, "…")
		}
	}
	return said
}

// readAnswer reads JSON, or else text, for a snippet.
func readAnswer(body []byte) any {
	if len(body) == 0 || len(body) > maxAnswer {
		return nil
	}
	if value, err := foreign(body); err == nil {
		return value
	}
	return string(body)
}

// single joins the values of each header, as HTTP allows.
func single(h http.Header) map[string]string {
	headers := make(map[string]string, len(h))
	for name, values := range h {
		headers[name] = strings.Join(values, ", ")
	}
	return headers
}
