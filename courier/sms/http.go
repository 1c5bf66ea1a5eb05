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
	// config is a function so that printing does not show it: it holds
	// credentials.
	config    func() HTTPConfig
	form      bool
	body      snippet
	messageID *snippet
	receipt   *snippet
}

// NewHTTP returns a sender. It reads the snippets and tries them with made-up
// input. The error names every fault of cfg by its path in the configuration
// file.
func NewHTTP(cfg HTTPConfig) (*HTTP, error) {
	if cfg.Method == "" {
		cfg.Method = http.MethodPost
	}
	proxy, proxyErr := proxyURL(cfg.ProxyURL)
	h := &HTTP{
		config: func() HTTPConfig { return cfg },
		client: exchange.New(exchange.Options{Timeout: cfg.Timeout, UserAgent: cfg.UserAgent, Proxy: proxy, Transport: cfg.Transport}),
	}
	form, err := cfg.isForm()
	h.form = form
	faults := append(cfg.faults(), proxyErr, err)
	if cfg.Evaluator == nil {
		return nil, errors.Join(append(faults, errors.New("sms.http: there is nothing to evaluate jsonnet with"))...)
	}
	body, err := newSnippet("sms.http.body", cfg.Body, cfg.Evaluator)
	h.body = body
	if err == nil && cfg.Texts != nil {
		err = h.tryBody()
	}
	faults = append(faults, err)
	for _, optional := range []struct {
		path, text string
		into       **snippet
		try        func() error
	}{
		{"sms.http.message_id", cfg.MessageID, &h.messageID, h.tryMessageID},
		{"sms.http.receipt", cfg.Receipt, &h.receipt, h.tryReceipt},
	} {
		if optional.text == "" {
			continue
		}
		made, err := newSnippet(optional.path, optional.text, cfg.Evaluator)
		if err == nil {
			*optional.into = &made
			err = optional.try()
		}
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return h, nil
}

// httpName names the provider in attempts, logs and metrics.
const httpName = "http"

// Provider implements courier.Sender.
func (h *HTTP) Provider() string { return httpName }

// Send implements courier.Sender.
func (h *HTTP) Send(ctx context.Context, o courier.Outgoing) (courier.Accepted, error) {
	text, err := h.config().Texts.render(o)
	if err != nil {
		return courier.Accepted{}, err
	}
	body, err := h.render(ctx, o, text)
	if ctx.Err() != nil {
		return courier.Accepted{}, &courier.DeliveryError{Class: courier.ClassTransient, Reason: "there was no time left to send", Cause: ctx.Err()}
	}
	if err != nil {
		// The error itself may quote the code.
		return courier.Accepted{}, &courier.DeliveryError{
			Class: courier.ClassConfig, Reason: "sms.http.body made no request body for this message: " + cause(err),
		}
	}
	request, err := h.request(ctx, body)
	if err != nil {
		return courier.Accepted{}, &courier.DeliveryError{Class: courier.ClassConfig, Reason: "no request could be made: check sms.http.url"}
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return courier.Accepted{}, err
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
	for name, value := range h.config().Headers {
		r.Header.Set(name, value)
	}
	switch a := h.config().Auth; {
	case a.Type == "basic_auth":
		r.SetBasicAuth(a.User, a.Password)
	case a.Type == "api_key" && a.In == "cookie":
		r.AddCookie(&http.Cookie{Name: a.Name, Value: a.Value}) //nolint:gosec // attributes are for cookies that a server sets
	case a.Type == "api_key":
		r.Header.Set(a.Name, a.Value)
	}
	return r, nil
}
