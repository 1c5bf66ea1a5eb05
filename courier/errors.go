package courier

import (
	"fmt"
	"time"
)

// Class says what a failed send means for the delivery. It is all that the
// plan looks at; which provider code belongs to which class is the sender's
// business.
type Class string

// The classes of a failed send.
const (
	// ClassTransient: the provider has a passing problem. Retry inside the
	// code's life, then change the channel.
	ClassTransient Class = "transient"
	// ClassDoubtful: the same, but the provider may have taken the message: retry,
	// and count it as one that was sent.
	ClassDoubtful Class = "doubtful"
	// ClassThrottled: the provider asks all of our messages to slow down. Retry
	// when it says so, if that still fits, else change the channel.
	ClassThrottled Class = "throttled"
	// ClassPair: too many messages to this one person. Retry later and later, if
	// that still fits, else change the channel.
	ClassPair Class = "pair"
	// ClassRecipient: this message does not reach this person on this channel.
	// Change the channel at once.
	ClassRecipient Class = "recipient"
	// ClassAbsent: this person is not on this channel at all. Change the channel
	// at once, and for the next messages too.
	ClassAbsent Class = "absent"
	// ClassAccount: token or account are out of order, whoever the recipient is.
	// Change the channel at once, for everyone, until it is repaired.
	ClassAccount Class = "account"
	// ClassTemplate: this variant (language) of the template is out of order. Try
	// the next variant, then change the channel.
	ClassTemplate Class = "template"
	// ClassConfig: our request is wrong. Change the channel at once; somebody
	// must repair it.
	ClassConfig Class = "config"
	// ClassUnknown: the request left and no answer came. The message may have
	// been sent: never repeat it blindly.
	ClassUnknown Class = "unknown"
	// ClassFinal: this message must not be sent, on any channel.
	ClassFinal Class = "final"
)

// passing reports whether a later request on the same channel may succeed.
func (c Class) passing() bool {
	return c == ClassTransient || c == ClassDoubtful || c == ClassThrottled || c == ClassPair
}

// DeliveryError is the one error a Sender returns.
type DeliveryError struct {
	Class Class
	// Code is the provider's own code, such as "131026"; "" when it gave none.
	Code string
	// Reason is for operators. It holds neither code nor number.
	Reason string
	// RetryAfter is how long the provider asks to wait; 0 when it does not say.
	RetryAfter time.Duration
	// Variant is the variant of the template that was tried, such as its
	// language; "" when the provider has none.
	Variant string
	// Cause is the error below, if any.
	Cause error
}

// Error names class, provider code and reason.
func (e *DeliveryError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Class, e.Reason)
	if e.Code != "" {
		text = fmt.Sprintf("%s %s: %s", e.Class, e.Code, e.Reason)
	}
	return text
}

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Cause }
