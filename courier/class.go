package courier

// Class says why a send failed, in the only words that the rules know. Which
// code of a provider belongs to which class is the sender's business; what a
// class means for the message and for everyone else's is said once, in Traits.
type Class string

// The classes of a failed send. A new one also belongs into Classes and Traits.
const (
	// ClassTransient: the provider has a passing problem.
	ClassTransient Class = "transient"
	// ClassDoubtful: the same, but the provider may have taken the message.
	ClassDoubtful Class = "doubtful"
	// ClassThrottled: the provider asks us to slow down with all messages.
	ClassThrottled Class = "throttled"
	// ClassPair: too many messages to this one person.
	ClassPair Class = "pair"
	// ClassRecipient: this message does not reach this person on this channel.
	ClassRecipient Class = "recipient"
	// ClassAbsent: this person is not on this channel at all.
	ClassAbsent Class = "absent"
	// ClassAccount: the provider rejects our token or account, whoever the
	// recipient is.
	ClassAccount Class = "account"
	// ClassTemplate: the provider rejects this variant (language) of the template.
	ClassTemplate Class = "template"
	// ClassConfig: the provider rejects our request as wrong.
	ClassConfig Class = "config"
	// ClassUnknown: the request left and no answer came. The message may have
	// been sent.
	ClassUnknown Class = "unknown"
	// ClassFinal: this message must not be sent, on any channel.
	ClassFinal Class = "final"
)

// Classes returns all classes.
func Classes() []Class {
	return []Class{
		ClassTransient, ClassDoubtful, ClassThrottled, ClassPair, ClassRecipient, ClassAbsent,
		ClassAccount, ClassTemplate, ClassConfig, ClassUnknown, ClassFinal,
	}
}

// Traits are what a class means.
type Traits struct {
	// Next is what becomes of the message.
	Next Recourse
	// Blame is where the cause lies.
	Blame Blame
	// MayBeTaken: the provider may have taken the message although it did not say
	// so. It counts against the budgets.
	MayBeTaken bool
	// Remembered: the person's next messages leave this channel out too.
	Remembered bool
	// InSnippets: a snippet of sms.http may give this class. The others say
	// something about WhatsApp, or are concluded from an HTTP status.
	InSnippets bool
}

// Recourse is what becomes of a message after a failed send.
type Recourse int

// The recourses. The three retries end when the next channel is due.
const (
	// Retry on the same channel, a few times.
	Retry Recourse = iota + 1
	// RetryWhenAsked: retry when the provider says so, and hold all other messages
	// on this channel until then.
	RetryWhenAsked
	// RetryLater and later on the same channel.
	RetryLater
	// NextVariant of the template, if one is left.
	NextVariant
	// NextChannel at once.
	NextChannel
	// AwaitReport, and never send again on the same channel.
	AwaitReport
	// GiveUp on every channel.
	GiveUp
)

// retries reports whether a later request on the same channel may succeed.
func (r Recourse) retries() bool { return r == Retry || r == RetryWhenAsked || r == RetryLater }

// Blame is where the cause of a failure lies.
type Blame int

// Where a cause may lie. What one person can cause is never blamed on the
// account, the template or the request: it would look like a fault of the whole
// deployment, and one person could stop a channel for everyone.
const (
	// BlameProvider: it passes without our doing.
	BlameProvider Blame = iota + 1
	// BlameRecipient: only messages to this person fail.
	BlameRecipient
	// BlameAccount: everyone's messages fail until it is repaired.
	BlameAccount
	// BlameTemplate: everyone's messages in this variant fail until it is repaired.
	BlameTemplate
	// BlameRequest: what we sent is wrong, by configuration or by our code.
	BlameRequest
)

// Alarm reports whether operators have to repair something.
func (t Traits) Alarm() bool {
	return t.Blame == BlameAccount || t.Blame == BlameTemplate || t.Blame == BlameRequest
}

// Unanswered reports whether the provider gave no answer of its own: a timeout, a
// broken connection, a 5xx.
func (t Traits) Unanswered() bool { return t.Blame == BlameProvider && t.Next != RetryWhenAsked }

// Traits returns what the class means; of no class, and of one that an older or
// newer version has stored, nothing.
func (c Class) Traits() Traits {
	switch c {
	case ClassTransient:
		return Traits{Next: Retry, Blame: BlameProvider, InSnippets: true}
	case ClassDoubtful:
		return Traits{Next: Retry, Blame: BlameProvider, MayBeTaken: true}
	case ClassThrottled:
		return Traits{Next: RetryWhenAsked, Blame: BlameProvider, InSnippets: true}
	case ClassPair:
		return Traits{Next: RetryLater, Blame: BlameRecipient}
	case ClassRecipient:
		return Traits{Next: NextChannel, Blame: BlameRecipient, InSnippets: true}
	case ClassAbsent:
		return Traits{Next: NextChannel, Blame: BlameRecipient, Remembered: true}
	case ClassAccount:
		return Traits{Next: NextChannel, Blame: BlameAccount}
	case ClassTemplate:
		return Traits{Next: NextVariant, Blame: BlameTemplate}
	case ClassConfig:
		return Traits{Next: NextChannel, Blame: BlameRequest, InSnippets: true}
	case ClassUnknown:
		return Traits{Next: AwaitReport, Blame: BlameProvider, MayBeTaken: true, InSnippets: true}
	case ClassFinal:
		return Traits{Next: GiveUp, Blame: BlameRecipient, InSnippets: true}
	}
	return Traits{}
}
