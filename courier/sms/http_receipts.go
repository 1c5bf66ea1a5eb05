package sms

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// keyInQuery is the parameter in which a provider that can set no header sends
// the key back.
const keyInQuery = "key"

// receiptInput is the input of sms.http.receipt. It has none of the
// credentials.
type receiptInput struct {
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"query"`
	Body    any               `json:"body"`
}

// receipts is the result of sms.http.receipt.
type receipts []struct {
	Ref   text                 `json:"ref"`
	ID    text                 `json:"id"`
	State courier.AttemptState `json:"state"`
	fault
}

// Receipts returns the handler of the provider's receipts, GET or POST, or nil if
// no snippet reads any.
//
//	204  the receipts are stored, or about no message of ours, or it is none
//	400  the body is not what its Content-Type says
//	401  no credentials, or none of ours
//	413  written as JSON, what sms.http.receipt sees of the request has more than
//	     60 KiB together with it: have the provider send fewer at once
//	500  sms.http.receipt could not read it: most providers send it again
//	503  the sink failed
//
// Refusals are in Ory's envelope and hold nothing of the request.
func (h *HTTP) Receipts(setup ReceiptSetup, sink Sink) http.Handler {
	if h.receipt == nil {
		return nil
	}
	setup = setup.orDefault()
	callback := h.config().Callback
	credentials := auth.New(secret.RevealAll(callback.APIKeys), callback.BasicAuth.Username, callback.BasicAuth.Password.Reveal())
	guarded := credentials.Guard(setup.Answer, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := readReceipts(w, r)
		if err != nil {
			setup.Answer.WriteError(w, r, err)
			return
		}
		var found receipts
		err = h.receipt.call(context.WithoutCancel(r.Context()), request, &found)
		if err == nil {
			err = found.check()
		}
		if err != nil {
			why := h.receipt.path + " could not read the request: " + cause(err)
			setup.Trouble("reading receipts", errors.New(why))
			code := http.StatusInternalServerError
			if errors.Is(err, ErrTooLong) {
				code = http.StatusRequestEntityTooLarge
			}
			setup.Answer.WriteError(w, r, refusal(code, why+"."))
			return
		}
		if found == nil { // null: no list, not even an empty one
			setup.Unreadable()
		}
		setup.deliver(w, r, found.reports(h.name, setup.Now()), sink)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key := r.URL.Query().Get(keyInQuery); key != "" && r.Header.Get("X-API-Key") == "" {
			r.Header.Set("X-API-Key", key)
		}
		guarded.ServeHTTP(w, r)
	})
}

func readReceipts(w http.ResponseWriter, r *http.Request) (receiptInput, error) {
	raw, err := readBody(w, r)
	if err != nil {
		return receiptInput{}, err
	}
	headers := r.Header.Clone()
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key"} {
		headers.Del(name)
	}
	query := first(r.URL.Query())
	delete(query, keyInQuery)
	body, err := readReceiptBody(r.Header.Get("Content-Type"), raw)
	return receiptInput{Method: r.Method, Headers: single(headers), Query: query, Body: body}, err
}

func readReceiptBody(contentType string, raw []byte) (any, error) {
	media, _, _ := mime.ParseMediaType(contentType)
	if media == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, refusal(http.StatusBadRequest, "The body is not a form.")
		}
		return first(form), nil
	}
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // null is what snippets get for no body
	}
	value, err := foreign(raw)
	switch {
	case err == nil:
		return value, nil
	case strings.HasSuffix(media, "json"):
		return nil, refusal(http.StatusBadRequest, "The body is not JSON.")
	}
	return string(raw), nil
}

func first(values url.Values) map[string]string {
	fields := make(map[string]string, len(values))
	for name := range values {
		fields[name] = values.Get(name)
	}
	return fields
}

// UnmarshalJSON takes a list, one object, or null for nothing.
func (r *receipts) UnmarshalJSON(raw []byte) error {
	type plain receipts
	if len(raw) > 0 && raw[0] == '{' {
		raw = append(append([]byte{'['}, raw...), ']')
	}
	return strict(json.RawMessage(raw), (*plain)(r))
}

func (r receipts) check() error {
	for _, receipt := range r {
		switch receipt.State {
		case courier.AttemptSent, courier.AttemptDelivered, courier.AttemptRead, courier.AttemptFailed:
		default:
			return errResult
		}
		if receipt.Ref == "" && receipt.ID == "" || len(receipt.ID) > longestID || receipt.fault.check() != nil {
			return errResult
		}
	}
	return nil
}

// reports leaves out what is not ours.
func (r receipts) reports(provider string, now time.Time) []courier.Report {
	reports := make([]courier.Report, 0, len(r))
	for _, receipt := range r {
		report := courier.Report{Provider: provider, ProviderID: string(receipt.ID), State: receipt.State, At: now}
		id, attempt, ours := courier.ParseReference(string(receipt.Ref))
		if !ours && receipt.ID == "" {
			continue
		}
		report.Delivery, report.Attempt = id, attempt
		if receipt.State == courier.AttemptFailed {
			report.Class, report.Code, report.Reason = receipt.Class, receipt.code(), forOperators(receipt.Reason)
			if report.Class == "" {
				// The provider had taken the message, so the fault is this one's.
				report.Class = courier.ClassRecipient
			}
			if report.Reason == "" {
				report.Reason = "the provider did not deliver the message and gave no reason"
			}
		}
		reports = append(reports, report)
	}
	return reports
}
