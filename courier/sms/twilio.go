package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// TwilioConfig says who sends. It prints without its token.
type TwilioConfig struct {
	// BaseURL is https://api.twilio.com, or anything that speaks like it.
	BaseURL    string
	AccountSID string
	AuthToken  string `json:"-"`
	// From is the sending number, a short code, an alphanumeric sender, or a
	// messaging service (MG and 32 hex digits), which leaves the choice to Twilio.
	From string
	// CallbackURL is where Twilio reports what becomes of a message, such as
	// https://otp.example.com/webhooks/sms/twilio, where NewTwilioCallbacks
	// listens. "" asks for no reports.
	CallbackURL string
	Texts       *Texts `json:"-"`
	// Timeout bounds one request; 0 means 10 seconds.
	Timeout time.Duration
	// UserAgent tells the provider what program asks, such as whatsapp-courier/v1.2.3. ""
	// leaves that of net/http.
	UserAgent string
	// ProxyURL is a proxy to go through, such as http://user:password@proxy.example.com:3128;
	// "" means none, whatever the environment says.
	ProxyURL string `json:"-"`
	// Transport replaces the sender's own, and its proxy. It must not retry.
	Transport http.RoundTripper `json:"-"`
}

// Format prints the config without its token, whatever the verb.
func (c TwilioConfig) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "sms.TwilioConfig{BaseURL: %q, AccountSID: %q, From: %q, CallbackURL: %q, Timeout: %s}",
		c.BaseURL, c.AccountSID, c.From, c.CallbackURL, c.Timeout)
}

// Twilio sends over Twilio's Messages API. It implements courier.Sender.
type Twilio struct {
	client *exchange.Client
	url    string
	texts  *Texts
	// sender is the form field that says who sends, and its value.
	sender   [2]string
	callback string
	// authorize holds the token, which printing a Twilio must not show.
	authorize func(*http.Request)
}

// NewTwilio returns a sender. The error names every fault of cfg by its path in
// the configuration file.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	proxy, err := proxyURL(cfg.ProxyURL)
	if err := errors.Join(cfg.faults(), err); err != nil {
		return nil, err
	}
	sender := [2]string{"From", cfg.From}
	if messagingService.MatchString(cfg.From) {
		sender = [2]string{"MessagingServiceSid", cfg.From}
	}
	return &Twilio{
		client:    exchange.New(exchange.Options{Timeout: cfg.Timeout, UserAgent: cfg.UserAgent, Proxy: proxy, Transport: cfg.Transport}),
		url:       exchange.Join(cfg.BaseURL, "2010-04-01", "Accounts", cfg.AccountSID, "Messages.json"),
		texts:     cfg.Texts,
		sender:    sender,
		callback:  cfg.CallbackURL,
		authorize: func(r *http.Request) { r.SetBasicAuth(cfg.AccountSID, cfg.AuthToken) },
	}, nil
}

// Forms of a sender at Twilio (its documentation of the Messages resource, of
// messaging services and of alphanumeric sender IDs, 2026).
var (
	messagingService = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	senderForm       = regexp.MustCompile(`^(?:MG[0-9a-fA-F]{32}|\+[1-9][0-9]{6,14}|[0-9]{3,8}|[0-9 _&+-]{0,10}[A-Za-z][A-Za-z0-9 _&+-]{0,10})$`)
)

func (c TwilioConfig) faults() error {
	var faults []error
	check := func(ok bool, path, what string) {
		if !ok {
			faults = append(faults, fmt.Errorf("sms.twilio.%s: %s", path, what))
		}
	}
	check(exchange.IsBaseURL(c.BaseURL), "base_url", "must be a URL such as https://api.twilio.com, without user name, query and #")
	check(regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`).MatchString(c.AccountSID), "account_sid", "must be AC and 32 hex digits")
	check(c.AuthToken != "", "auth_token", "is missing")
	check(senderForm.MatchString(c.From), "from", "must be a number such as +12025550100, a short code, a name of at most 11 letters, digits, spaces, _, & and - with a letter in it, or a messaging service: MG and 32 hex digits")
	check(c.CallbackURL == "" || exchange.IsURL(c.CallbackURL), "callback_url", mustBeCallbackURL)
	check(!hasParameter(c.CallbackURL, "ref"), "callback_url", mustHaveNoReference)
	if c.Texts == nil {
		faults = append(faults, errors.New("sms.texts: are missing"))
	}
	return errors.Join(faults...)
}

// twilioName names the provider in attempts, logs and metrics.
const twilioName = "twilio"

// Provider implements courier.Sender.
func (t *Twilio) Provider() string { return twilioName }

// Send implements courier.Sender. Without a CallbackURL, Twilio's acceptance is
// the last that is heard of a message.
func (t *Twilio) Send(ctx context.Context, o courier.Outgoing) (courier.Accepted, error) {
	text, err := t.texts.render(o)
	if err != nil {
		return courier.Accepted{}, err
	}
	form := url.Values{
		"To": {o.To.E164()}, t.sender[0]: {t.sender[1]}, "Body": {text},
		"ValidityPeriod": {strconv.Itoa(validity(o.Life))},
	}
	if t.callback != "" {
		form.Set("StatusCallback", withQuery(t.callback, "ref", o.Reference))
	}
	post, err := t.post(ctx, form)
	if err != nil {
		return courier.Accepted{}, err
	}
	got, err := t.client.Do(post)
	if err != nil {
		return courier.Accepted{}, err
	}
	body := parseTwilio(got.Body)
	if got.OK() && body.SID != "" {
		return courier.Accepted{ProviderID: string(body.SID), Receipts: t.callback != ""}, nil
	}
	return courier.Accepted{}, body.failure(got)
}

// validity is how many seconds Twilio may keep the message in its queue, so that
// none leaves after the code's life: 1 to 36,000 (Twilio's OpenAPI document of
// the Messages resource).
func validity(life time.Duration) int {
	return min(max(int(life/time.Second), 1), 36_000)
}

func (t *Twilio) post(ctx context.Context, form url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, &courier.DeliveryError{Class: courier.ClassConfig, Reason: "no request could be made: check sms.twilio.base_url", Cause: err}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	t.authorize(r)
	return r, nil
}

// twilioAnswer is what is looked at of Twilio's answers. Their texts are never
// passed on: they quote the number.
type twilioAnswer struct {
	SID  lenient.Text `json:"sid"`
	Code lenient.Text `json:"code"`
}

// parseTwilio reads what can be read. A body that is cut or no JSON gives an
// empty answer, and a field of an unexpected type is passed over.
func parseTwilio(body []byte) twilioAnswer {
	var a twilioAnswer
	_ = json.Unmarshal(body, &a)
	return a
}
