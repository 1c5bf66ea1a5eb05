// Package whatsapp sends codes as authentication templates through Meta's Cloud
// API, and knows what each of Meta's errors means for a delivery.
package whatsapp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/locale"
)

// Provider is the name of a sender that is given none.
const Provider = "meta"

// Config says who sends what. It prints without its token.
type Config struct {
	// Name is what attempts, logs and metrics call the sender; "" means Provider.
	Name string
	// Section is where the configuration file has PhoneNumberID; "" means "whatsapp".
	Section string
	// BaseURL is https://graph.facebook.com, or a mock.
	BaseURL string
	// APIVersion is such as v25.0; Meta retires each after about two years.
	APIVersion string
	// PhoneNumberID is Meta's id of the sending number, not the number.
	PhoneNumberID string
	AccessToken   string `json:"-"`
	// AppSecret is the secret of the app that AccessToken belongs to. With it, each
	// request proves that we know it, which apps with "Require App Secret" ask for.
	// "" sends no proof.
	AppSecret string `json:"-"`
	Template  Template
	// Timeout bounds one request; 0 means 10 seconds.
	Timeout time.Duration
	// ConnectTimeout, TLSTimeout and FirstByteTimeout bound parts of it: until there is a
	// connection, until it is encrypted, and from the request to the first byte of the
	// answer. 0 leaves that to Timeout.
	ConnectTimeout, TLSTimeout, FirstByteTimeout time.Duration
	// UserAgent tells Meta what program asks, such as whatsapp-courier/v1.2.3. ""
	// leaves that of net/http.
	UserAgent string
	// ProxyURL is a proxy to go through, such as http://user:password@proxy.example.com:3128;
	// "" means none, whatever the environment says.
	ProxyURL string `json:"-"`
	// Transport replaces the sender's own, and its proxy. It must not retry.
	Transport http.RoundTripper `json:"-"`
}

// Format prints the config without its token, whatever the verb.
func (c Config) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "whatsapp.Config{BaseURL: %q, APIVersion: %q, PhoneNumberID: %q, Template: %+v, Timeout: %s}",
		c.BaseURL, c.APIVersion, c.PhoneNumberID, c.Template, c.Timeout)
}

// Sender hands codes to Meta. It implements courier.Sender.
type Sender struct {
	name      string
	client    *exchange.Client
	url       string
	template  Template
	languages locale.Matcher
	// authorize holds the token and the proof, which printing the Sender must not show.
	authorize func(*http.Request)
}

// New returns a sender. The error names every fault of cfg by its path in the
// configuration file.
func New(cfg Config) (*Sender, error) {
	languages, languagesErr := cfg.Template.matcher()
	proxy, err := exchange.ParseProxyURL(cfg.ProxyURL)
	if err != nil {
		err = fmt.Errorf("whatsapp.proxy_url: %w", err)
	}
	if err := errors.Join(cfg.faults(), err, languagesErr); err != nil {
		return nil, err
	}
	return &Sender{
		name: cmp.Or(cfg.Name, Provider),
		client: exchange.New(exchange.Options{
			Timeout: cfg.Timeout, ConnectTimeout: cfg.ConnectTimeout, TLSTimeout: cfg.TLSTimeout, FirstByteTimeout: cfg.FirstByteTimeout,
			UserAgent: cfg.UserAgent, Proxy: proxy, Transport: cfg.Transport,
		}),
		url:       exchange.Join(cfg.BaseURL, cfg.APIVersion, cfg.PhoneNumberID, "messages"),
		template:  cfg.Template,
		languages: languages,
		authorize: graph.Authorize(cfg.AccessToken, cfg.AppSecret),
	}, nil
}

func (c Config) faults() error {
	var faults []error
	check := func(ok bool, path, what string) {
		if !ok {
			faults = append(faults, fmt.Errorf("%s: %s", path, what))
		}
	}
	check(exchange.IsBaseURL(c.BaseURL), "whatsapp.base_url", "must be a URL such as https://graph.facebook.com, without user name, query and #")
	check(matches(`v[0-9]+\.[0-9]+`, c.APIVersion), "whatsapp.api_version", "must be such as v25.0")
	check(matches(`[0-9]+`, c.PhoneNumberID), cmp.Or(c.Section, "whatsapp")+".phone_number_id", "must be digits: it is Meta's id of the sending number, not the number")
	check(matches(`[!-~]+`, c.AccessToken), "whatsapp.access_token", "is empty or has characters that no token has")
	check(c.Template.Name != "", "whatsapp.template.name", "is missing")
	return errors.Join(faults...)
}

func matches(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}

// Provider implements courier.Sender.
func (s *Sender) Provider() string { return s.name }

// Send implements courier.Sender. The variant is the template's language: of the
// usable ones the one that serves the person best, else the default, else the
// first configured one.
//
// A code that is too long for an authentication template is ClassRecipient, and so
// is a template with no language left, although no person is to blame: it is the
// class that sends this message by another channel at once, with no request to
// Meta and no new alarm.
func (s *Sender) Send(ctx context.Context, o courier.Outgoing) (courier.Taken, error) {
	if utf8.RuneCountInString(o.Code.Reveal()) > courier.MaxCodeLength {
		return courier.Taken{}, &courier.DeliveryError{
			Class:  courier.ClassRecipient,
			Reason: fmt.Sprintf("the code is longer than the %d characters that WhatsApp takes", courier.MaxCodeLength),
		}
	}
	variant, left := s.variant(o)
	if !left {
		return courier.Taken{}, &courier.DeliveryError{
			Class:  courier.ClassRecipient,
			Reason: "no other language of the template is left",
		}
	}
	accepted, err := s.send(ctx, variant, o)
	if err != nil {
		if fault, ok := errors.AsType[*courier.DeliveryError](err); ok {
			fault.Variant = variant
		}
		return courier.Taken{}, err
	}
	accepted.Variant = variant
	return accepted, nil
}

// variant picks the language, or says that none is left.
func (s *Sender) variant(o courier.Outgoing) (language string, ok bool) {
	for rest, left := s.languages, true; left; rest, left = rest.Without(language) {
		language = rest.Match(o.Locales)
		if o.Usable == nil || o.Usable(language) {
			return language, true
		}
	}
	return "", false
}

// send makes the request. Every error is a *courier.DeliveryError.
func (s *Sender) send(ctx context.Context, language string, o courier.Outgoing) (courier.Taken, error) {
	post, err := s.post(ctx, language, o)
	if err != nil {
		return courier.Taken{}, err
	}
	got, err := s.client.Do(post)
	if err != nil {
		return courier.Taken{}, err
	}
	body := parseAnswer(got.Body)
	if id := body.id(); got.OK() && id != "" {
		// message_status may be "held_for_quality_assessment" or "paused": Meta
		// has the message all the same, and the deadline of the fallback runs.
		// contacts[].wa_id may be another number than ours (Brazil, Mexico,
		// Argentina): receipts are matched by reference and id, never by number.
		return courier.Taken{ProviderID: id, Receipts: true, KnownAs: body.knownAs(o.To)}, nil
	}
	return courier.Taken{}, failure(body.Error, got)
}

func (s *Sender) post(ctx context.Context, language string, o courier.Outgoing) (*http.Request, error) {
	body, err := json.Marshal(newRequest(s.template.Name, language, o))
	if err == nil {
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body)); err == nil {
			r.Header.Set("Content-Type", "application/json")
			s.authorize(r)
			return r, nil
		}
	}
	return nil, &courier.DeliveryError{Class: courier.ClassConfig, Reason: "no request could be made: check whatsapp.base_url", Cause: err}
}
