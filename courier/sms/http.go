package sms

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// HTTP sends over a provider that only its configuration knows. It implements
// courier.Sender.
type HTTP struct {
	client *exchange.Client
	texts  *Texts
	// config is a function so that printing does not show it: it holds
	// credentials.
	config func() HTTPConfig
	// name is that of the sender, and path where its settings stand.
	name, path string
	form       bool
	body       snippet
	messageID  *snippet
	receipt    *snippet
}

// NewHTTP returns a sender. It reads the snippets and tries them with made-up
// input. The error names every fault by its path in the configuration file.
func NewHTTP(cfg HTTPConfig, setup Setup) (*HTTP, error) {
	check := cfg.checks(setup)
	client, err := setup.client()
	check.add(err)
	form, _ := cfg.isForm()
	h := &HTTP{
		client: client, texts: setup.Texts, form: form, name: setup.name(httpName), path: setup.path(httpName),
		config: func() HTTPConfig { return cfg },
	}
	if setup.Evaluator == nil {
		check.add(errors.New(h.path + ": there is nothing to evaluate jsonnet with"))
		return nil, check.err()
	}
	h.body, err = newSnippet(h.path+".body", cfg.Body, setup.Evaluator)
	if err == nil && setup.Texts != nil {
		err = h.tryBody()
	}
	check.add(err)
	for _, optional := range []struct {
		setting string
		text    Snippet
		into    **snippet
		try     func() error
	}{
		{"message_id", cfg.MessageID, &h.messageID, h.tryMessageID},
		{"receipt", cfg.Receipt, &h.receipt, h.tryReceipt},
	} {
		if optional.text == "" {
			continue
		}
		made, err := newSnippet(h.path+"."+optional.setting, optional.text, setup.Evaluator)
		if err == nil {
			*optional.into = &made
			err = optional.try()
		}
		check.add(err)
	}
	if err := check.err(); err != nil {
		return nil, err
	}
	return h, nil
}

// httpName is the provider's name in the configuration.
const httpName = "http"

// Provider implements courier.Sender.
func (h *HTTP) Provider() string { return h.name }

// Send implements courier.Sender.
func (h *HTTP) Send(ctx context.Context, o courier.Outgoing) (courier.Taken, error) {
	text, err := h.texts.render(o)
	if err != nil {
		return courier.Taken{}, err
	}
	body, err := h.render(ctx, o, text)
	if ctx.Err() != nil {
		return courier.Taken{}, &courier.DeliveryError{Class: courier.ClassTransient, Reason: "there was no time left to send", Cause: ctx.Err()}
	}
	if err != nil {
		// The error itself may quote the code.
		return courier.Taken{}, &courier.DeliveryError{
			Class: courier.ClassConfig, Reason: h.path + ".body made no request body for this message: " + cause(err),
		}
	}
	request, err := h.request(ctx, body)
	if err != nil {
		return courier.Taken{}, &courier.DeliveryError{Class: courier.ClassConfig, Reason: "no request could be made: check " + h.path + ".url"}
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return courier.Taken{}, err
	}
	return h.read(ctx, o, answer)
}

// cause tells no more of an error than is safe when the input was a real message.
func cause(err error) string {
	for _, safe := range []error{errResult, ErrTooLong} {
		if errors.Is(err, safe) {
			return safe.Error()
		}
	}
	return "it failed, or ran for too long"
}

func (h *HTTP) request(ctx context.Context, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, h.config().Method, h.config().URL, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	h.authorize(r)
	return r, nil
}

// authorize adds the configured headers and credentials.
func (h *HTTP) authorize(r *http.Request) {
	for name, value := range h.config().Headers {
		r.Header.Set(name, value.Reveal())
	}
	switch kind, a := h.config().Auth.Type, h.config().Auth.Config; {
	case kind == "basic_auth":
		r.SetBasicAuth(a.User, a.Password.Reveal())
	case kind == "api_key" && a.In == "cookie":
		r.AddCookie(&http.Cookie{Name: a.Name, Value: a.Value.Reveal()}) //nolint:gosec // attributes are for cookies that a server sets
	case kind == "api_key":
		r.Header.Set(a.Name, a.Value.Reveal())
	}
}
