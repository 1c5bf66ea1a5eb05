package sms

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// TwilioConfig are the settings of Twilio: who sends. The JSON schema of the
// configuration describes them and holds their defaults.
type TwilioConfig struct {
	// BaseURL is https://api.twilio.com, or anything that speaks like it.
	BaseURL    string      `koanf:"base_url"`
	AccountSID string      `koanf:"account_sid"`
	AuthToken  secret.Text `koanf:"auth_token" origin:"take it from Twilio's console"`
	// From is the sending number, a short code, an alphanumeric sender, or a
	// messaging service (MG and 32 hex digits), which leaves the choice to Twilio.
	From string `koanf:"from"`
	// CallbackURL is where Twilio reports what becomes of a message, such as
	// https://otp.example.com/webhooks/sms/twilio, where Twilio.Receipts listens. ""
	// asks for no receipts.
	CallbackURL string `koanf:"callback_url"`
	// CallbackAuthTokens sign receipts as AuthToken does, during a rotation.
	CallbackAuthTokens []secret.Text `koanf:"callback_auth_tokens" origin:"take it from Twilio's console"`
}

// Missing are the settings that Twilio cannot do without and that are empty.
func (c TwilioConfig) Missing() []string {
	var missing []string
	for _, needed := range [][2]string{{"account_sid", c.AccountSID}, {"auth_token", c.AuthToken.Reveal()}, {"from", c.From}} {
		if needed[1] == "" {
			missing = append(missing, needed[0])
		}
	}
	return missing
}

// NewSender is NewTwilio.
func (c TwilioConfig) NewSender(s Setup) (courier.Sender, error) {
	return asSender(NewTwilio(c, s))
}

// Twilio sends over Twilio's Messages API. It implements courier.Sender.
type Twilio struct {
	client *exchange.Client
	// url is where messages go, and account where ours is read.
	url, account string
	texts        *Texts
	// sender is the form field that says who sends, and its value.
	sender   [2]string
	callback string
	// path is where its settings stand in the configuration file.
	path string
	// name is that of the sender.
	name string
	// authorize and tokens hold the auth tokens, which printing a Twilio must not
	// show.
	authorize func(*http.Request)
	tokens    func() []string
}

// NewTwilio returns a sender. The error names every fault by its path in the
// configuration file.
func NewTwilio(cfg TwilioConfig, setup Setup) (*Twilio, error) {
	client, err := setup.client()
	if err := errors.Join(cfg.faults(setup), err); err != nil {
		return nil, err
	}
	sender := [2]string{"From", cfg.From}
	if messagingService.MatchString(cfg.From) {
		sender = [2]string{"MessagingServiceSid", cfg.From}
	}
	return &Twilio{
		client:    client,
		url:       exchange.Join(cfg.BaseURL, "2010-04-01", "Accounts", cfg.AccountSID, "Messages.json"),
		account:   exchange.Join(cfg.BaseURL, "2010-04-01", "Accounts", cfg.AccountSID+".json"),
		texts:     setup.Texts,
		sender:    sender,
		callback:  cfg.CallbackURL,
		name:      setup.name(twilioName),
		path:      setup.path(twilioName),
		authorize: func(r *http.Request) { r.SetBasicAuth(cfg.AccountSID, cfg.AuthToken.Reveal()) },
		tokens: func() []string {
			return append([]string{cfg.AuthToken.Reveal()}, secret.RevealAll(cfg.CallbackAuthTokens)...)
		},
	}, nil
}

// Forms of a sender at Twilio (its documentation of the Messages resource, of
// messaging services and of alphanumeric sender IDs, 2026).
var (
	messagingService = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	senderForm       = regexp.MustCompile(`^(?:MG[0-9a-fA-F]{32}|\+[1-9][0-9]{6,14}|[0-9]{3,8}|[0-9 _&+-]{0,10}[A-Za-z][A-Za-z0-9 _&+-]{0,10})$`)
)

func (c TwilioConfig) faults(s Setup) error {
	check := s.checks(twilioName)
	check.require(exchange.IsBaseURL(c.BaseURL), "base_url", "must be a URL such as https://api.twilio.com, without user name, query and #")
	check.require(regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`).MatchString(c.AccountSID), "account_sid", "must be AC and 32 hex digits")
	check.require(c.AuthToken != "", "auth_token", "is missing")
	check.require(senderForm.MatchString(c.From), "from", "must be a number such as +12025550100, a short code, a name of at most 11 letters, digits, spaces, _, & and - with a letter in it, or a messaging service: MG and 32 hex digits")
	check.callbackURL("callback_url", c.CallbackURL)
	return check.err()
}

// twilioName is the provider's name in the configuration.
const twilioName = "twilio"

// Provider implements courier.Sender.
func (t *Twilio) Provider() string { return t.name }

// Send implements courier.Sender. Without a CallbackURL, Twilio's acceptance is
// the last that is heard of a message.
func (t *Twilio) Send(ctx context.Context, o courier.Outgoing) (courier.Taken, error) {
	text, err := t.texts.render(o)
	if err != nil {
		return courier.Taken{}, err
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
		return courier.Taken{}, err
	}
	got, err := t.client.Do(post)
	if err != nil {
		return courier.Taken{}, err
	}
	body := parseTwilio(got.Body)
	if got.OK() && body.SID != "" {
		return courier.Taken{ProviderID: string(body.SID), Receipts: t.callback != ""}, nil
	}
	return courier.Taken{}, body.failure(got)
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
		return nil, &courier.DeliveryError{Class: courier.ClassConfig, Reason: "no request could be made: check " + t.path + ".base_url", Cause: err}
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
