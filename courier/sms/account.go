package sms

import "context"

// Examiner is a sender whose provider can be asked about our account without a message. One
// with the method Examinable says by it whether that is so for its settings.
type Examiner interface {
	Examine(ctx context.Context) Account
}

// Account is what a provider says of ours.
type Account struct {
	// Described is the account in words, "" if the provider did not tell.
	Described string
	// Date is the provider's clock as HTTP has it, or "".
	Date string
	// Ailments are what is wrong.
	Ailments []Ailment
}

// Severity says how much an ailment matters.
type Severity string

// How much an ailment matters: no SMS is sent, some are not, or it is not known.
const (
	Wrong   Severity = "error"
	Limited Severity = "warning"
	Unknown Severity = "unknown"
)

// Ailment is something that is wrong with an account.
type Ailment struct {
	Severity Severity
	// Where is the path of a setting, What is wrong, and Do is what helps.
	Where, What, Do string
}
