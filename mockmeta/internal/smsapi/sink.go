package smsapi

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Names under which SMS providers expect the recipient and the text, in lower
// case and without dashes and underscores.
var (
	sinkTo   = []string{"to", "recipient", "recipients", "destination", "destinations", "phone", "phonenumber", "mobile", "msisdn", "number"}
	sinkText = []string{"text", "body", "message", "content", "sms", "messagebody", "msg"}
)

// handleSink serves POST /sms: it takes an SMS from whatever speaks JSON or
// forms over HTTP, and looks for recipient and text under their usual names.
func (a *API) handleSink(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	to, text := parseSink(r.Header.Get("Content-Type"), body)
	if !strings.HasPrefix(to, "+") {
		to = "+" + meta.Digits(to)
	}
	if !e164.MatchString(to) || text == "" {
		const reason = "no recipient with country code, or no text, was found: the body must be JSON or a form, and Content-Type must say which"
		raw := marshal(map[string]string{"error": reason})
		a.world.Journal.Record(client.Call{
			Method: r.Method, Path: r.URL.Path, Request: body, Status: http.StatusBadRequest, Answer: raw,
		}, world.Refusal{Reason: reason})
		write(w, http.StatusBadRequest, raw)
		return
	}
	request := json.RawMessage(body)
	if !json.Valid(body) {
		request = marshal(string(body))
	}
	var raw json.RawMessage
	a.world.SendSMS(world.OutgoingSMS{To: to, Text: text, Request: request, Faults: a.world.Faults.TakeSMS(meta.Digits(to))},
		func(taken world.SMS) client.Call {
			raw = marshal(map[string]string{"id": taken.ID, "status": world.SMSQueued})
			return client.Call{Method: r.Method, Path: r.URL.Path, Request: request, Status: http.StatusOK, Answer: raw}
		})
	write(w, http.StatusOK, raw)
}

// parseSink finds recipient and text in a JSON or form body, at any depth. What
// the body is, its Content-Type says, as with providers.
func parseSink(contentType string, body []byte) (to, text string) {
	kind, _, err := mime.ParseMediaType(contentType)
	isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	switch {
	case err != nil:
		return "", ""
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", ""
		}
		flat := map[string]any{}
		for name := range form {
			flat[name] = form.Get(name)
		}
		return findText(flat, sinkTo), findText(flat, sinkText)
	case !isJSON:
		return "", ""
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return "", ""
	}
	return findText(v, sinkTo), findText(v, sinkText)
}

// findText returns the first text under one of the names, the outermost first
// and, on one level, in the order of the names.
func findText(v any, names []string) string {
	switch v := v.(type) {
	case map[string]any:
		plain := map[string]any{}
		var keys []string
		for k, inner := range v {
			k = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(k))
			plain[k] = inner
			keys = append(keys, k)
		}
		for _, name := range names {
			if text := asText(plain[name]); text != "" {
				return text
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			if text := findText(plain[k], names); text != "" {
				return text
			}
		}
	case []any:
		for _, inner := range v {
			if text := findText(inner, names); text != "" {
				return text
			}
		}
	}
	return ""
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		if len(v) > 0 {
			return asText(v[0])
		}
	}
	return ""
}
