package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// messageInput is the input of sms.http.body.
type messageInput struct {
	To          string `json:"to"`
	Code        string `json:"code"`
	Text        string `json:"text"`
	Purpose     string `json:"purpose"`
	Locale      string `json:"locale"`
	Reference   string `json:"reference"`
	LifeSeconds int    `json:"life_seconds"`
	CallbackURL string `json:"callback_url"`
}

func (h *HTTP) render(ctx context.Context, o courier.Outgoing, text string) (string, error) {
	callback := h.config().Callback.URL
	if callback != "" {
		callback = withQuery(callback, "ref", o.Reference)
		if keys := h.config().Callback.APIKeys; len(keys) > 0 {
			callback = withQuery(callback, keyInQuery, keys[0].Reveal())
		}
	}
	var result json.RawMessage
	err := h.body.call(ctx, messageInput{
		To: o.To.E164(), Code: o.Code.Reveal(), Text: text, Purpose: string(o.Purpose),
		Locale: h.texts.languages.Match(o.Locales), Reference: o.Reference,
		LifeSeconds: max(1, int(o.Life/time.Second)), CallbackURL: callback,
	}, &result)
	if err != nil {
		return "", err
	}
	if h.form {
		return encodeForm(result)
	}
	return encodeJSON(result)
}

func encodeJSON(result json.RawMessage) (string, error) {
	var value any
	if err := decodeNumbers(result, &value); err != nil {
		return "", err
	}
	switch value.(type) {
	case map[string]any, []any:
		compact, err := json.Marshal(value)
		return string(compact), err
	}
	return "", errResult
}

// encodeForm writes an object as a form. A null is left out.
func encodeForm(result json.RawMessage) (string, error) {
	var value any
	if err := decodeNumbers(result, &value); err != nil {
		return "", err
	}
	fields, ok := value.(map[string]any)
	if !ok || len(fields) == 0 {
		return "", errResult
	}
	form := url.Values{}
	for name, field := range fields {
		switch field.(type) {
		case string, bool, json.Number:
			form.Set(name, fmt.Sprint(field))
		case nil:
		default:
			return "", errResult
		}
	}
	return form.Encode(), nil
}
