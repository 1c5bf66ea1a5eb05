package client

import (
	"fmt"
	"time"
)

// Kinds of a Fault. The same words serve for queued faults, for chaos, and in
// the table of magic numbers.
const (
	// On the answer to a send.

	// SendError refuses with Meta's error Code (0 is one, too); nothing is
	// accepted.
	SendError = "send_error"
	// HTTPError answers with HTTP Status (default 502) and an HTML page, as a
	// proxy in between would; nothing is accepted.
	HTTPError = "http_error"
	// Reset cuts the connection after the request was read, and after Delay if one
	// is given: until then there is no answer. Nothing is accepted.
	Reset = "reset"
	// LostAnswer accepts the message, then cuts the connection: the sender
	// cannot know, the message arrives.
	LostAnswer = "lost_answer"
	// LateAnswer accepts and answers after Delay (default 1s): statuses arrive
	// before the answer.
	LateAnswer = "late_answer"
	// SlowBody answers, but stops for Delay (default 5s) half-way through.
	SlowBody = "slow_body"
	// Held and Paused answer 200 with message_status held_for_quality_assessment
	// or paused.
	Held   = "held"
	Paused = "paused"
	// GraphError refuses the next Graph call that is not a send, with Code.
	GraphError = "graph_error"

	// In the life of the message.

	// Failed lets it fail with Code (default 131026); with On "sent" after sent.
	Failed = "failed"
	// Silent accepts, and no status ever comes.
	Silent = "silent"
	// SentOnly stops after sent.
	SentOnly = "sent_only"
	// ReadOnly sends read without delivered.
	ReadOnly = "read_only"
	// Late delivers Delay (default 60s) later.
	Late = "late"
	// UnknownStatus sends a status "warning", which is not documented.
	UnknownStatus = "unknown_status"
	// Jitter changes each pause by up to half.
	Jitter = "jitter"

	// On a webhook, the next one or the one of status On.

	// Duplicate posts it Times more (default 1).
	Duplicate = "duplicate"
	// Delay posts it after Delay (default 5s).
	Delay = "delay"
	// Reorder posts it after the message's next one.
	Reorder = "reorder"
	// BadSignature signs the first try with another secret.
	BadSignature = "bad_signature"
	// Unsigned leaves the signature of the first try out.
	Unsigned = "unsigned"
	// CutOff ends the first try in the middle of the body.
	CutOff = "cut_off"
	// Lost never posts it.
	Lost = "lost"
	// Batch lets it wait for others, to go out in one body.
	Batch = "batch"
	// Milliseconds writes its timestamp in milliseconds.
	Milliseconds = "milliseconds"

	// On an SMS.

	// SMSError refuses with Twilio's error Code (default 21610).
	SMSError = "sms_error"
	// SMSFailed reports undelivered with Twilio's Code (default 30003).
	SMSFailed = "sms_failed"
	// SMSSilent takes it, and no status ever comes.
	SMSSilent = "sms_silent"
)

// Fault is one misbehaviour.
type Fault struct {
	Kind string `json:"kind"`
	// Number is the recipient that it waits for; empty means any.
	Number string `json:"number,omitempty"`
	// From is the phone_number_id of the sending number that it waits for; empty means
	// any.
	From string `json:"from,omitempty"`
	// Code is Meta's or Twilio's error code.
	Code int `json:"code,omitempty"`
	// Status is the HTTP status of HTTPError.
	Status int `json:"status,omitempty"`
	// Delay is of the mock's clock for webhooks and lives, of the real one for
	// answers.
	Delay Duration `json:"delay,omitzero"`
	// Times is how many duplicates there are.
	Times int `json:"times,omitempty"`
	// On names the status whose webhook is meant.
	On string `json:"on,omitempty"`
	// Rate is the probability in chaos, 0 to 1.
	Rate float64 `json:"rate,omitempty"`
}

// Chaos is misbehaviour by chance. The same seed and the same sends give the
// same run.
type Chaos struct {
	Seed   uint64  `json:"seed"`
	Faults []Fault `json:"faults"`
}

// Duration is a time.Duration that is written as text, such as "1.5s".
type Duration time.Duration

// MarshalText writes Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("not a duration such as 1.5s: %q", text)
	}
	*d = Duration(v)
	return nil
}
