package sms

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio signs with it; as an HMAC it is not broken
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Receipts returns the handler of Twilio's status callbacks, or nil if there is no
// callback_url and so none are asked for. The signature covers that URL: behind a
// proxy the request itself does not know it.
//
//	204  the status is stored, or means nothing for a delivery
//	400  the body is no form
//	401  no signature, or none of ours: as for /webhooks/meta, the signature is
//	     the sender's credential
//	413  the body has more than 60 KiB
//	503  the sink failed
//
// Refusals are in Ory's envelope and hold nothing of the request.
func (t *Twilio) Receipts(setup ReceiptSetup, sink Sink) http.Handler {
	if t.callback == "" {
		return nil
	}
	setup = setup.orDefault()
	ports, tokens := portSpellings(t.callback), t.tokens()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Looked at before the body is read: what is not even signed costs nothing.
		signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
		if err != nil || len(signature) != sha1.Size {
			setup.Answer.WriteError(w, r, refusal(http.StatusUnauthorized, "The header X-Twilio-Signature is missing or malformed."))
			return
		}
		body, err := readBody(w, r)
		if err != nil {
			setup.Answer.WriteError(w, r, err)
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			setup.Answer.WriteError(w, r, refusal(http.StatusBadRequest, "The body is not a form."))
			return
		}
		ref := r.URL.Query().Get("ref")
		if !signedByTwilio(signature, tokens, signedURLs(ports, r.URL.RawQuery, ref), form) {
			setup.Answer.WriteError(w, r, refusal(http.StatusUnauthorized,
				"The signature was made with another auth token or for another URL: compare "+t.path+".auth_token and callback_url with Twilio's console."))
			return
		}
		if form.Get("MessageStatus") == "" {
			setup.Unreadable()
		}
		setup.deliver(w, r, twilioReports(t.name, ref, form, setup.Now()), sink)
	})
}

// portSpellings are the ways in which Twilio may have written our URL: it is not
// consistent about the port, so Twilio's own libraries try with and without.
func portSpellings(callback string) []url.URL {
	given, err := url.Parse(callback)
	if err != nil {
		return nil
	}
	other := *given
	switch {
	case given.Port() != "":
		other.Host = strings.TrimSuffix(given.Host, ":"+given.Port())
	case given.Scheme == "https":
		other.Host += ":443"
	default:
		other.Host += ":80"
	}
	return []url.URL{*given, other}
}

// signedURLs are the URLs that Twilio may have signed: ours with the query that
// arrived, and exactly the one that we gave for this message, since a proxy in
// between may rewrite a query.
func signedURLs(ports []url.URL, arrived, ref string) []string {
	var signed []string
	for _, u := range ports {
		signed = append(signed, withQuery(u.String(), "ref", ref))
		u.RawQuery, u.ForceQuery = arrived, false
		signed = append(signed, u.String())
	}
	return signed
}

// signedByTwilio checks HMAC-SHA1 over the URL with its query, followed by names and values of the form in the order of the names (Twilio,
// "Secure webhooks", August 2026).
func signedByTwilio(signature []byte, tokens, urls []string, form url.Values) bool {
	var fields strings.Builder
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			fields.WriteString(name + value)
		}
	}
	valid := false
	for _, token := range tokens {
		for _, u := range urls {
			mac := hmac.New(sha1.New, []byte(token))
			_, _ = io.WriteString(mac, u+fields.String())
			same := hmac.Equal(mac.Sum(nil), signature)
			valid = valid || same && token != ""
		}
	}
	return valid
}

// twilioReports reads a status. Those of a message that has not left Twilio yet
// mean nothing for a delivery.
func twilioReports(provider, ref string, form url.Values, now time.Time) []courier.Report {
	state, known := map[string]courier.AttemptState{
		"sent":        courier.AttemptSent,
		"delivered":   courier.AttemptDelivered,
		"read":        courier.AttemptRead,
		"undelivered": courier.AttemptFailed,
		"failed":      courier.AttemptFailed,
		"canceled":    courier.AttemptFailed,
	}[form.Get("MessageStatus")]
	report := courier.Report{Provider: provider, ProviderID: form.Get("MessageSid"), State: state, At: now}
	id, attempt, ours := courier.ParseReference(ref)
	if !known || !ours && report.ProviderID == "" {
		return nil
	}
	report.Delivery, report.Attempt = id, attempt
	if state == courier.AttemptFailed {
		report.Class, report.Code, report.Reason = twilioVerdict(form.Get("ErrorCode"))
	}
	return []courier.Report{report}
}

// twilioVerdict says what the error code of a message that was not delivered
// means. A code that we do not know is the fault of this one message, since
// Twilio had accepted it.
func twilioVerdict(errorCode string) (class courier.Class, code, reason string) {
	n, err := strconv.Atoi(errorCode)
	if err != nil {
		return courier.ClassRecipient, "", "Twilio did not deliver the message and gave no error code"
	}
	code = strconv.Itoa(n)
	if known, found := lookupTwilio(n); found {
		return known.class, code, known.reason
	}
	return courier.ClassRecipient, code, unknownTwilioCode + code
}
