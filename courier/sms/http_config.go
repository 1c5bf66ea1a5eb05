package sms

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// HTTPConfig are the settings of any provider with an HTTP API. The keys are those
// of Kratos' request_config; three snippets of jsonnet say what the provider's
// words mean. The JSON schema of the configuration describes the settings and holds
// their defaults. It prints without its secrets.
type HTTPConfig struct {
	URL string `koanf:"url"`
	// Method is POST or PUT. It is never GET, since a code must not stand in a URL.
	Method string `koanf:"method"`
	// Headers are sent as they are. Content-Type is application/json unless it is
	// set to application/x-www-form-urlencoded, and a User-Agent here wins over the
	// courier's.
	Headers map[string]secret.Text `koanf:"headers" origin:"take it from your SMS provider"`
	Auth    HTTPAuth               `koanf:"auth"`
	// AccountURL answers GET with 2xx to who may send, and 401 or 403 to others; "" where
	// the provider has none. Only HTTP.Examine asks it.
	AccountURL string `koanf:"account_url"`
	// Body is a snippet that makes the request's body from an object with `to`
	// (E.164), `code`, `text`, `purpose`, `locale` (the language of the text),
	// `reference`, `life_seconds` and `callback_url` ("" if there is none). For a
	// form it returns an object of strings, numbers and booleans.
	Body Snippet `koanf:"body"`
	// MessageID is a snippet that reads the answer, an object with `status`,
	// `headers` and `body` (JSON, or else a string; null if there is none or more
	// than 16 KiB). It returns the provider's id of the message, or an object with
	// any of `id`, `accepted`, `class`, `code` and `reason`. A class is one of those
	// that courier.Traits allow InSnippets; any other makes the snippet faulty.
	// Without `accepted`, a 2xx with an id is an acceptance. Without `class` the
	// status decides; a refusal with 2xx is `config`. "" takes any 2xx for an
	// acceptance.
	MessageID Snippet `koanf:"message_id"`
	// Receipt is a snippet that reads a request with receipts, an object with
	// `method`, `headers`, `query` and `body` (JSON, a form as an object, or a
	// string). It returns a list of objects with `ref` or `id`, `state` (sent,
	// delivered, read or failed) and perhaps `class`, as in MessageID, `code` and
	// `reason`; an empty one for what means nothing for a delivery, and null for what
	// is no receipt, which is counted. "" means that there are no receipts.
	Receipt  Snippet      `koanf:"receipt"`
	Callback HTTPCallback `koanf:"callback"`
}

// HTTPAuth is how we prove to the provider who we are.
type HTTPAuth struct {
	// Type is api_key, basic_auth or "" for neither.
	Type   string          `koanf:"type"`
	Config HTTPCredentials `koanf:"config" origin:"take it from your SMS provider"`
}

// HTTPCredentials are what HTTPAuth proves it with.
type HTTPCredentials struct {
	// In is header or cookie, and Name and Value what stands there, for api_key.
	In    string      `koanf:"in"`
	Name  string      `koanf:"name"`
	Value secret.Text `koanf:"value"`
	// User and Password are for basic_auth.
	User     string      `koanf:"user"`
	Password secret.Text `koanf:"password"`
}

// HTTPCallback is how the provider reaches us, and proves who it is.
type HTTPCallback struct {
	// URL is where HTTP.Receipts listens, such as
	// https://otp.example.com/webhooks/sms/http; "" when it is configured at the
	// provider. Snippets get it with the reference as `ref` and the first of
	// APIKeys as `key` in its query.
	URL string `koanf:"url"`
	// APIKeys are accepted in X-API-Key, as bearer token or as `key` in the query.
	APIKeys   []secret.Text    `koanf:"api_keys"`
	BasicAuth secret.BasicAuth `koanf:"basic_auth"`
}

// NewSender is NewHTTP.
func (c HTTPConfig) NewSender(s Setup) (courier.Sender, error) {
	return asSender(NewHTTP(c, s))
}

// Format prints the config without its secrets, whatever the verb: URLs and
// snippets may hold them too.
func (c HTTPConfig) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.HTTPConfig{Host: %q, Method: %q, Auth: {Type: %q}, Callback: %v}",
		hostOf(c.URL), c.Method, c.Auth.Type, c.Callback)
}

// Format prints the callback's host only.
func (c HTTPCallback) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.HTTPCallback{Host: %q}", hostOf(c.URL))
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

func (c HTTPConfig) checks(s Setup) *checks {
	check := s.checks(httpName)
	check.require(exchange.IsURL(c.URL), "url", "must be a URL such as https://api.example.com/messages, without #; credentials belong in auth")
	check.require(c.AccountURL == "" || exchange.IsURL(c.AccountURL), "account_url", "must be a URL such as https://api.example.com/balance, without #; credentials belong in auth")
	check.require(c.Method == http.MethodPost || c.Method == http.MethodPut, "method", "must be POST or PUT: a code must not stand in a URL")
	for name, value := range c.Headers {
		check.require(isHeader(name, value.Reveal()), "headers", "one of them is no HTTP header")
	}
	switch a := c.Auth.Config; c.Auth.Type {
	case "":
	case "api_key":
		check.require(a.In == "header" || a.In == "cookie", "auth.config.in", "must be header or cookie")
		check.require(isHeader(a.Name, a.Value.Reveal()) && a.Value != "", "auth.config.name", "name and value must make an HTTP header or a cookie")
	case "basic_auth":
		check.require(a.User != "", "auth.config.user", "is missing")
	default:
		check.require(false, "auth.type", "must be api_key or basic_auth")
	}
	check.require(c.Body != "", "body", "is missing")
	check.callbackURL("callback.url", c.Callback.URL)
	check.require(c.Callback.URL == "" || c.Receipt != "", "receipt", "is missing; callback.url asks for receipts")
	basic := c.Callback.BasicAuth
	check.require(c.Receipt == "" || len(c.Callback.APIKeys) > 0 || basic.Username != "" && basic.Password != "",
		"callback.api_keys", "set at least one key, or both parts of callback.basic_auth; without them anybody could send receipts")
	_, ok := c.isForm()
	check.require(ok, "headers", "Content-Type must be application/json or application/x-www-form-urlencoded")
	return check
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	notInHeader = regexp.MustCompile(`[\x00-\x08\x0a-\x1f\x7f]`)
)

// isHeader follows RFC 9110, sections 5.1 and 5.5.
func isHeader(name, value string) bool {
	return headerName.MatchString(name) && !notInHeader.MatchString(value)
}

// isForm reports whether the body is written as a form and not as JSON. It is not
// ok if Headers say that it is something else.
func (c HTTPConfig) isForm() (form, ok bool) {
	for name, value := range c.Headers {
		if !strings.EqualFold(name, "Content-Type") {
			continue
		}
		media, _, err := mime.ParseMediaType(value.Reveal())
		form = media == "application/x-www-form-urlencoded"
		if err != nil || !form && media != "application/json" {
			return false, false
		}
	}
	return form, true
}
