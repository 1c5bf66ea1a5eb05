package mockmeta

import (
	"cmp"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/hooks"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Seeded identifiers of the simulated account.
const (
	WABAID             = world.WABAID
	PhoneNumberID      = world.PhoneNumberID
	DisplayPhoneNumber = world.DisplayPhoneNumber
	// SecondPhoneNumberID is another sending number, with limits of its own.
	SecondPhoneNumberID = world.SecondPhoneNumberID
	AppID               = world.AppID
	AppName             = world.AppName
)

// Shapes of status webhooks, by the version of the subscription.
const (
	ShapeV23 = hooks.ShapeV23 // with conversation
	ShapeV24 = hooks.ShapeV24 // without
	ShapeV26 = hooks.ShapeV26 // with contacts and business-scoped user ids
)

// Types of the one-time-password button.
const (
	CopyCode = meta.CopyCode
	OneTap   = meta.OneTap
	ZeroTap  = meta.ZeroTap
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
// interface, the default credentials, and light misbehaviour.
type Options struct {
	// APIAddr and ControlAddr are host:port; port 0 takes a free one.
	APIAddr, ControlAddr string
	// AllowRemote lets them be other than loopback addresses. Whoever reaches
	// the control API can read all codes.
	AllowRemote bool
	// TLS serves the API over HTTP/2 and HTTP/1.1, with a certificate of a CA that is
	// made at start; see [Server.CA].
	TLS bool
	// AccessToken is the only bearer token that the Graph API takes. One that
	// looks like Meta's real ones is refused.
	AccessToken string
	// AppSecret signs the webhooks.
	AppSecret string
	// VerifyToken is sent in the handshake with WebhookURL.
	VerifyToken string
	// TwilioAccountSID and TwilioAuthToken are the SMS side's credentials.
	TwilioAccountSID, TwilioAuthToken string
	// WebhookURL is subscribed at start; the handshake is repeated until it
	// works. Empty: there is no subscription until the control API makes one.
	WebhookURL string
	// Shape of status webhooks: ShapeV23, ShapeV24 (default) or ShapeV26.
	Shape string
	// Calm switches the default misbehaviour off.
	Calm bool
	// Seed makes chance repeatable; 0 takes one at random.
	Seed uint64
	// Chaos replaces the default misbehaviour.
	Chaos []client.Fault
	// Lenient takes unknown fields in requests instead of reporting them.
	Lenient bool
	// RefuseExpiredVersions refuses Graph API versions that have ended, instead
	// of answering as the oldest that can be used, with a warning.
	RefuseExpiredVersions bool
	// SentAfter, DeliveredAfter and ReadAfter are the time from acceptance to
	// sent, from sent to delivered, and from delivered to read.
	// Defaults: 50 ms, 100 ms, 300 ms.
	SentAfter, DeliveredAfter, ReadAfter time.Duration
	// ReviewAfter is how long a new template is pending. Default 1 s.
	ReviewAfter time.Duration
	// Throughput is how many messages a second a number may send. Default 80,
	// negative for no limit.
	Throughput int
	// PairEvery and PairBurst bound the messages to one recipient: one each 6 s
	// after a burst of 45. A negative PairEvery is no limit.
	PairEvery time.Duration
	PairBurst int
	// MaxMessages bounds the journal; the oldest messages are forgotten.
	// Default 10,000.
	MaxMessages int
	// Log takes the mock's own log lines; nil discards them.
	Log *slog.Logger
	// Now is the real clock under the mock's own one; default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.APIAddr = cmp.Or(o.APIAddr, "127.0.0.1:0")
	o.ControlAddr = cmp.Or(o.ControlAddr, "127.0.0.1:0")
	o.AccessToken = cmp.Or(o.AccessToken, DefaultAccessToken)
	o.AppSecret = cmp.Or(o.AppSecret, DefaultAppSecret)
	o.VerifyToken = cmp.Or(o.VerifyToken, DefaultVerifyToken)
	o.TwilioAccountSID = cmp.Or(o.TwilioAccountSID, DefaultTwilioAccountSID)
	o.TwilioAuthToken = cmp.Or(o.TwilioAuthToken, DefaultTwilioAuthToken)
	o.Shape = cmp.Or(o.Shape, ShapeV24)
	o.SentAfter = cmp.Or(o.SentAfter, 50*time.Millisecond)
	o.DeliveredAfter = cmp.Or(o.DeliveredAfter, 100*time.Millisecond)
	o.ReadAfter = cmp.Or(o.ReadAfter, 300*time.Millisecond)
	o.ReviewAfter = cmp.Or(o.ReviewAfter, time.Second)
	o.Throughput = cmp.Or(o.Throughput, 80)
	o.PairEvery = cmp.Or(o.PairEvery, 6*time.Second)
	o.PairBurst = cmp.Or(o.PairBurst, 45)
	o.MaxMessages = cmp.Or(o.MaxMessages, 10_000)
	o.Seed = cmp.Or(o.Seed, rand.Uint64N(1<<53)) // exact in JSON numbers of any client
	if o.Chaos == nil && !o.Calm {
		o.Chaos = world.LightChaos()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// validate reports the first option that is wrong.
func (o Options) validate() error {
	if o.WebhookURL != "" {
		if err := meta.CheckCallback(o.WebhookURL); err != nil {
			return fmt.Errorf("webhook URL: %w", err)
		}
	}
	if meta.LooksReal(o.AccessToken) {
		return fmt.Errorf("access token: it looks like a real one of Meta (%s...); never give those to a mock", meta.RealToken)
	}
	switch o.Shape {
	case "", ShapeV23, ShapeV24, ShapeV26:
	default:
		return fmt.Errorf("webhook shape: %q is not one of %s, %s, %s", o.Shape, ShapeV23, ShapeV24, ShapeV26)
	}
	for name, addr := range map[string]string{"API": o.APIAddr, "control": o.ControlAddr} {
		if addr != "" && !o.AllowRemote && !loopback(addr) {
			return fmt.Errorf("%s address %s: only loopback addresses are allowed, since the mock shows every code it takes; allow remote ones if you mean it", name, addr)
		}
	}
	for _, f := range o.Chaos {
		if _, err := world.CompleteFault(f); err != nil {
			return fmt.Errorf("chaos: %w", err)
		}
	}
	return nil
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
