package sms

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// HTTPConfig describes any provider with an HTTP API. The keys are those of
// Kratos' request_config; three snippets of jsonnet say what the provider's
// words mean. It prints without its secrets.
type HTTPConfig struct {
	URL string
	// Method is POST or PUT; "" means POST. It is never GET, since a code must not
	// stand in a URL.
	Method string
	// Headers are sent as they are. Content-Type is application/json unless it is
	// set to application/x-www-form-urlencoded.
	Headers map[string]string `json:"-"`
	Auth    HTTPAuth
	// Body is a snippet that makes the request's body from an object with `to`
	// (E.164), `code`, `text`, `purpose`, `locale` (the language of the text),
	// `reference`, `life_seconds` and `callback_url` ("" if there is none). For a
	// form it returns an object of strings, numbers and booleans.
	Body string `json:"-"`
	// MessageID is a snippet that reads the answer, an object with `status`,
	// `headers` and `body` (JSON, or else a string; null if there is none or more
	// than 16 KiB). It returns the provider's id of the message, or an object with
	// any of `id`, `accepted`, `class`, `code` and `reason`; the classes
	// are transient, throttled, recipient, config, unknown and final. Without `accepted`, a 2xx with an id is an acceptance.
	// Without `class` the status decides; a refusal with 2xx is `config`. ""
	// takes any 2xx for an acceptance.
	MessageID string `json:"-"`
	// Receipt is a snippet that reads a request with receipts, an object with
	// `method`, `headers`, `query` and `body` (JSON, a form as an object, or a
	// string). It returns a list of objects with `ref` or `id`, `state` (sent,
	// delivered, read or failed) and perhaps `class`, `code` and `reason`; an empty
	// one for what means nothing for a delivery, and null for what is no receipt,
	// which is counted. "" means that there are no receipts.
	Receipt  string `json:"-"`
	Callback HTTPCallback
	Texts    *Texts `json:"-"`
	// Timeout bounds one request; 0 means 10 seconds.
	Timeout time.Duration
	// UserAgent tells the provider what program asks, such as whatsapp-courier/v1.2.3. ""
	// leaves that of net/http, and Headers wins.
	UserAgent string
	// ProxyURL is a proxy to go through, such as http://user:password@proxy.example.com:3128;
	// "" means none, whatever the environment says.
	ProxyURL string `json:"-"`
	// Transport replaces the sender's own, and its proxy. It must not retry.
	Transport http.RoundTripper `json:"-"`
	// Evaluator runs the snippets.
	Evaluator Evaluator `json:"-"`
}

// HTTPAuth is how we prove to the provider who we are.
type HTTPAuth struct {
	// Type is api_key, basic_auth or "" for neither.
	Type string
	// In is header or cookie, and Name and Value what stands there, for api_key.
	In    string
	Name  string
	Value string `json:"-"`
	// User and Password are for basic_auth.
	User     string
	Password string `json:"-"`
}

// HTTPCallback is how the provider reaches us, and proves who it is.
type HTTPCallback struct {
	// URL is where HTTP.Receipts listens, such as
	// https://otp.example.com/webhooks/sms/http; "" when it is configured at the
	// provider. Snippets get it with the reference as `ref` and the first of
	// APIKeys as `key` in its query.
	URL string
	// APIKeys are accepted in X-API-Key, as bearer token or as `key` in the query.
	APIKeys []string `json:"-"`
	// Username and Password are accepted as basic authentication.
	Username string
	Password string `json:"-"`
}

// Format prints the config without its secrets, whatever the verb.
func (c HTTPConfig) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.HTTPConfig{Host: %q, Method: %q, Auth: %v, Callback: %v, Timeout: %s}",
		hostOf(c.URL), c.Method, c.Auth, c.Callback, c.Timeout)
}

// Format prints the kind of authentication only.
func (a HTTPAuth) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.HTTPAuth{Type: %q}", a.Type)
}

// Format prints the callback's host only.
func (c HTTPCallback) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.HTTPCallback{Host: %q}", hostOf(c.URL))
}

// proxyURL reads the proxy that any provider of SMS is reached through.
func proxyURL(text string) (*url.URL, error) {
	proxy, err := exchange.ParseProxyURL(text)
	if err != nil {
		return nil, fmt.Errorf("sms.proxy_url: %w", err)
	}
	return proxy, nil
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

func (c HTTPConfig) faults() []error {
	var faults []error
	check := func(ok bool, path, what string) {
		if !ok {
			faults = append(faults, fmt.Errorf("sms.http.%s: %s", path, what))
		}
	}
	check(exchange.IsURL(c.URL), "url", "must be a URL such as https://api.example.com/messages, without #; credentials belong in auth")
	check(c.Method == http.MethodPost || c.Method == http.MethodPut, "method", "must be POST or PUT: a code must not stand in a URL")
	for name, value := range c.Headers {
		check(isHeader(name, value), "headers", "one of them is no HTTP header")
	}
	switch a := c.Auth; a.Type {
	case "":
	case "api_key":
		check(a.In == "header" || a.In == "cookie", "auth.config.in", "must be header or cookie")
		check(isHeader(a.Name, a.Value) && a.Value != "", "auth.config.name", "name and value must make an HTTP header or a cookie")
	case "basic_auth":
		check(a.User != "", "auth.config.user", "is missing")
	default:
		check(false, "auth.type", "must be api_key or basic_auth")
	}
	check(c.Body != "", "body", "is missing")
	check(c.Texts != nil, "texts", "are missing")
	check(c.Callback.URL == "" || exchange.IsURL(c.Callback.URL), "callback.url", mustBeCallbackURL)
	check(!hasParameter(c.Callback.URL, "ref"), "callback.url", mustHaveNoReference)
	check(c.Callback.URL == "" || c.Receipt != "", "receipt", "is missing; callback.url asks for receipts")
	check(c.Receipt == "" || len(c.Callback.APIKeys) > 0 || c.Callback.Username != "" && c.Callback.Password != "",
		"callback.api_keys", "set at least one key, or both parts of callback.basic_auth; without them anybody could send receipts")
	return faults
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	notInHeader = regexp.MustCompile(`[\x00-\x08\x0a-\x1f\x7f]`)
)

// isHeader follows RFC 9110, sections 5.1 and 5.5.
func isHeader(name, value string) bool {
	return headerName.MatchString(name) && !notInHeader.MatchString(value)
}

// isForm tells how the body is written.
func (c HTTPConfig) isForm() (bool, error) {
	for name, value := range c.Headers {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		switch media, _, err := mime.ParseMediaType(value); {
		case err == nil && media == "application/x-www-form-urlencoded":
			return true, nil
		case err != nil || media != "application/json":
			return false, errors.New("sms.http.headers: Content-Type must be application/json or application/x-www-form-urlencoded")
		}
	}
	return false, nil
}
