package courier

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Channel is a way to a person.
type Channel string

// The channels.
const (
	WhatsApp Channel = "whatsapp"
	SMS      Channel = "sms"
)

// State is where a delivery stands. The package documentation draws the moves
// between states.
type State string

// The states of a delivery. Those from StateDelivered on are ends.
const (
	// StateAccepted: on disk, answered to Kratos, not sent yet.
	StateAccepted State = "accepted"
	// StateSending: a request to a provider is on its way, or was when the
	// process died.
	StateSending State = "sending"
	// StateSent: the WhatsApp provider took the message; delivery is awaited.
	StateSent State = "sent"
	// StateFallback: WhatsApp is given up, SMS is next or under way.
	StateFallback State = "fallback"

	// StateDelivered: the message is on the person's phone.
	StateDelivered State = "delivered"
	// StateRead: the person has seen it.
	StateRead State = "read"
	// StateHandedOver: an SMS provider that sends no receipts took it.
	StateHandedOver State = "handed_over"
	// StateFailed: no channel is left.
	StateFailed State = "failed"
	// StateExpired: the code's life ended first.
	StateExpired State = "expired"
	// StateCancelled: the code was used, or someone stopped it; nothing more is sent.
	StateCancelled State = "cancelled"
	// StateSuperseded: a newer code took its place.
	StateSuperseded State = "superseded"
	// StateSuppressed: a rule forbade sending; Reason names it.
	StateSuppressed State = "suppressed"
)

// Ended reports whether nothing more will be sent in this state.
func (s State) Ended() bool { return slices.Contains(ends(), s) }

// Known reports whether s is one of the states above.
func (s State) Known() bool { return slices.Contains(liveStates(), s) || s.Ended() }

func liveStates() []State {
	return []State{StateAccepted, StateSending, StateSent, StateFallback}
}

func ends() []State {
	return []State{
		StateDelivered, StateRead, StateHandedOver, StateFailed,
		StateExpired, StateCancelled, StateSuperseded, StateSuppressed,
	}
}

// AttemptState is where one attempt on one channel stands.
type AttemptState string

// The states of an attempt, in the order in which they may follow each other.
const (
	// AttemptSending is committed before the request leaves.
	AttemptSending AttemptState = "sending"
	// AttemptUnknown: the request left and no answer came.
	AttemptUnknown AttemptState = "unknown"
	// AttemptAccepted: the provider took the message.
	AttemptAccepted AttemptState = "accepted"
	// AttemptSent: the message left the provider.
	AttemptSent AttemptState = "sent"
	// AttemptFailed: the provider refused it or gave up.
	AttemptFailed AttemptState = "failed"
	// AttemptDelivered: the message is on the phone.
	AttemptDelivered AttemptState = "delivered"
	// AttemptRead: the person has seen it.
	AttemptRead AttemptState = "read"
)

// ID identifies a delivery. It is a UUIDv7, so ids sort by time.
type ID = uuid.UUID

// Delivery is everything the courier remembers of one message of Kratos.
type Delivery struct {
	ID ID
	// Version counts the saves; Store.Save refuses an outdated one.
	Version int64

	// TemplateType is Kratos' template_type, such as "login_code_valid".
	TemplateType string
	Purpose      Purpose
	To           Phone
	// Country is the number's region (ISO 3166-1 alpha-2), or "" where it cannot be told.
	Country string
	// Code is zero once the delivery has ended: it is erased with that save.
	Code Code
	// Asked is the channel the client chose by transient_payload.channel, or "".
	Asked Channel
	// Flow is transient_payload.flow, or "". Once stored it is an HMAC of that, which is
	// only good for a comparison.
	Flow string
	// Identity is the id of the Kratos identity, or "" (registration has none).
	Identity string
	// Locales are BCP 47 tags in order of preference.
	Locales []string
	// Trace is the trace that the delivery belongs to, as a W3C traceparent that names the
	// span which took the message; "" where it is in none.
	Trace string

	State State
	// Reason says why the delivery is where it is, in words for operators.
	Reason string
	// NoWhatsApp says why the message goes by SMS although WhatsApp comes first, or
	// "". Should NoSMS be set too, WhatsApp is what is left.
	NoWhatsApp string
	// NoSMS says why there is no SMS although one was due, or "".
	NoSMS string
	// Alert names a security event about this delivery, or "".
	Alert string
	// Repeats counts the suppressed messages that this record stands for,
	// beyond the first.
	Repeats int

	AcceptedAt time.Time
	// ExpiresAt is the end of the code's life: nothing is sent from then on.
	ExpiresAt time.Time
	UpdatedAt time.Time
	// EndedAt is zero while the delivery is live.
	EndedAt time.Time
	// UsedAt is when Kratos told that the person got in; zero if it did not.
	UsedAt time.Time
	// Due is when the dispatcher has to look again; zero means never.
	Due time.Time

	Attempts []Attempt
}

// Attempt is one try on one channel.
type Attempt struct {
	// N counts from 1 within the delivery, over all channels.
	N       int
	Channel Channel
	// Provider names the sender, and so the route: "meta" or "twilio", or the name that
	// the configuration gives one of several.
	Provider string
	// ProviderID is the provider's id of the message. Meta's ids contain the
	// recipient's number in base64, so it is personal data: the store keeps only
	// an HMAC of it and its last characters, and gives back only those.
	ProviderID string
	// Variant is the variant of the template that was sent, such as its language.
	Variant string
	// Receipts says whether the provider reports what becomes of the message.
	Receipts bool
	// KnownAs is, masked, the number by which the provider knows the person where
	// that is another one.
	KnownAs string
	State   AttemptState
	// Class, Code and Reason describe the failure of a failed attempt.
	Class  Class
	Code   string
	Reason string
	// RetryAt is when a failed attempt may be followed by another on the same
	// channel; zero when it must not.
	RetryAt time.Time

	// StartedAt and AcceptedAt are by our clock.
	StartedAt  time.Time
	AcceptedAt time.Time
	// The others are by the provider's clock where it reports a time (Meta cuts
	// it to whole seconds): show them, and never subtract them from ours.
	SentAt      time.Time
	DeliveredAt time.Time
	ReadAt      time.Time
	FailedAt    time.Time
}

// Last returns the newest attempt on a channel, or nil.
func (d *Delivery) Last(c Channel) *Attempt {
	for i := len(d.Attempts) - 1; i >= 0; i-- {
		if d.Attempts[i].Channel == c {
			return &d.Attempts[i]
		}
	}
	return nil
}

// Attempt returns attempt n, or nil.
func (d *Delivery) Attempt(n int) *Attempt {
	if n < 1 || n > len(d.Attempts) {
		return nil
	}
	return &d.Attempts[n-1]
}

// fresh reports whether no request has been made for the delivery.
func (d *Delivery) fresh() bool { return len(d.Attempts) == 0 }

// Tries counts the attempts on a channel.
func (d *Delivery) Tries(c Channel) int {
	n := 0
	for _, a := range d.Attempts {
		if a.Channel == c {
			n++
		}
	}
	return n
}

// failedVariants are those in which the template was refused.
func (d *Delivery) failedVariants() []string {
	var failed []string
	for _, a := range d.Attempts {
		if a.Class.Traits().Next == NextVariant && a.Variant != "" {
			failed = append(failed, a.Variant)
		}
	}
	return failed
}
