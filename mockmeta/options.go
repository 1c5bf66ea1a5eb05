package mockmeta

import (
	"fmt"
	"log/slog"
	"net/url"
	"time"
)

// Seeded identifiers of the simulated account.
const (
	WABAID             = "102290129340398"
	PhoneNumberID      = "106540352242922"
	DisplayPhoneNumber = "+1 555-010-0123"
	AppID              = "800300400500601"
)

// Defaults of the credentials; all of them are invented.
const (
	DefaultAccessToken      = "mock-access-token"
	DefaultAppSecret        = "mock-app-secret"
	DefaultVerifyToken      = "mock-verify-token"
	DefaultTwilioAccountSID = "AC00000000000000000000000000000000"
	DefaultTwilioAuthToken  = "mock-twilio-token"
)

// Options of a mock. The zero value is useful: free ports on the loopback
// interface and the default credentials.
type Options struct {
	// APIAddr and ControlAddr are host:port; port 0 takes a free one.
	APIAddr, ControlAddr string
	// AccessToken is the only bearer token that the Graph API takes.
	AccessToken string
	// AppSecret signs the webhooks.
	AppSecret string
	// VerifyToken is sent in the handshake with WebhookURL.
	VerifyToken string
	// TwilioAccountSID and TwilioAuthToken are the SMS side's credentials.
	TwilioAccountSID, TwilioAuthToken string
	// WebhookURL is subscribed at start; the handshake is repeated until it
	// works. Empty: nobody is subscribed until the control API says so.
	WebhookURL string
	// Calm switches the default misbehaviour off.
	Calm bool
	// SentAfter, DeliveredAfter and ReadAfter are the time from acceptance to
	// sent, from sent to delivered, and from delivered to read.
	// Defaults: 50 ms, 100 ms, 300 ms.
	SentAfter, DeliveredAfter, ReadAfter time.Duration
	// MaxMessages bounds the journal; the oldest messages are forgotten.
	// Default 10,000.
	MaxMessages int
	// Log takes the mock's own log lines; nil discards them.
	Log *slog.Logger
	// Now is the real clock under the mock's own one; default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	def := func(v *string, d string) {
		if *v == "" {
			*v = d
		}
	}
	def(&o.APIAddr, "127.0.0.1:0")
	def(&o.ControlAddr, "127.0.0.1:0")
	def(&o.AccessToken, DefaultAccessToken)
	def(&o.AppSecret, DefaultAppSecret)
	def(&o.VerifyToken, DefaultVerifyToken)
	def(&o.TwilioAccountSID, DefaultTwilioAccountSID)
	def(&o.TwilioAuthToken, DefaultTwilioAuthToken)
	after := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	after(&o.SentAfter, 50*time.Millisecond)
	after(&o.DeliveredAfter, 100*time.Millisecond)
	after(&o.ReadAfter, 300*time.Millisecond)
	if o.MaxMessages == 0 {
		o.MaxMessages = 10_000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) validate() error {
	if o.WebhookURL != "" {
		if err := checkCallback(o.WebhookURL); err != nil {
			return fmt.Errorf("webhook URL: %w", err)
		}
	}
	return nil
}

func checkCallback(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is not an http or https URL", raw)
	}
	return nil
}
