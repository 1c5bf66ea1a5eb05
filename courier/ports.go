package courier

import (
	"context"
	"errors"
	"math"
	"time"
)

// Errors of a Store. Everything else it returns means that nothing could be
// read or written.
var (
	// ErrConflict: the delivery was saved by another caller since it was loaded.
	ErrConflict = errors.New("the delivery was changed meanwhile")
	// ErrNotFound: there is no such delivery.
	ErrNotFound = errors.New("no such delivery")
	// ErrUnreadable: its number or its code cannot be decrypted. It stays so until
	// the secret is back; trying again at once is in vain.
	ErrUnreadable = errors.New("the delivery cannot be decrypted")
)

// Store keeps deliveries. What it has acknowledged survives a crash.
type Store interface {
	// Accept inserts a new delivery unless it is a repeat or a quota is spent,
	// all in one step, so that parallel calls cannot slip past. The answer
	// says which of the three it was.
	Accept(ctx context.Context, d Delivery, rules AcceptRules) (Acceptance, error)
	// Load returns a delivery with its attempts, ErrNotFound or ErrUnreadable.
	Load(ctx context.Context, id ID) (Delivery, error)
	// Save writes d if its version is still current and returns it with the
	// next version, else ErrConflict. The tallies are added up, and the quotas are
	// spent, or taken back, in the same step; a spent one gives a *QuotaError and
	// writes nothing. An ended delivery is written without its code.
	Save(ctx context.Context, d Delivery, tallies []Tally, quotas ...Quota) (Delivery, error)
	// Claim returns at most n deliveries that are due at now, and puts them off
	// by the lease so that no one else claims them meanwhile. It may return some
	// beside an error that names others, which could not be read: those wait until
	// EndUnread ends them.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]Delivery, error)
	// Find returns the ids that match, newest first.
	Find(ctx context.Context, q Query) ([]ID, error)
	// Forget removes all events of a quota's subject up to q.Now.
	Forget(ctx context.Context, q Quota) error
}

// AcceptRules are the conditions under which a delivery is accepted.
type AcceptRules struct {
	// RepeatsUntil is until when the same template type, recipient and code
	// counts as Kratos' own retry of this message.
	RepeatsUntil time.Time
	// Quotas must all have room; they are spent together.
	Quotas []Quota
	// Memories are what was learned about the recipient, strongest first. The first that has
	// an event within its window is the one that applies. Nothing is spent.
	Memories []Quota
	// CountWithin is for how long suppressed messages of one number and reason
	// are counted on one record instead of getting records of their own.
	CountWithin time.Duration
	// KeepPlaces: a message to a number that is denied or blocked takes its places in the
	// quotas, and gets a record of its own while they have room, like one that is sent.
	KeepPlaces bool
	// Token is by what the login page finds what became of the message, until TokenUntil or
	// a newer message with it; zero for nothing.
	Token      Token
	TokenUntil time.Time
}

// AcceptFacts are what a store finds out about a new message while it accepts it.
// What follows from them is for Apply to say. A message that came suppressed spends no
// quota, nor, without AcceptRules.KeepPlaces, one to a number that is denied or blocked.
type AcceptFacts struct {
	// Denied: the number is on the list of those that want no messages.
	Denied bool
	// Memory is the name of the memory that applies, or "".
	Memory string
	// Spent is the quota that has no room left, or nil.
	Spent *QuotaError
	// Alone: the number has no other delivery that lives.
	Alone bool
}

// Act says what becomes of a quota's event.
type Act int

// What becomes of an event.
const (
	// Enter counts it.
	Enter Act = iota
	// TakeBack removes the one that this delivery has entered for Now.
	TakeBack
	// Forget removes all events of the subject up to Now, and this delivery's own
	// whenever they were.
	Forget
)

// Quota allows at most Max events of one Subject in a sliding Window. What is more
// than some seconds later than Now does not count: a clock that was ahead left it.
type Quota struct {
	// Name says which rule this is, such as "number" or "sms_total". It becomes
	// the reason when the quota is spent.
	Name string
	// Subject is what is counted: a phone number, a prefix, or "" for all. The
	// store keeps only an HMAC of it.
	Subject string
	// Max may be Unlimited: then the event is only remembered.
	Max    int
	Window time.Duration
	// Now is the instant of the event.
	Now time.Time
	// Act is Enter unless the event is to be removed.
	Act Act
}

// Unlimited is the Max of a quota that is never spent.
const Unlimited = math.MaxInt32

// Ledger tells which events the quotas have counted.
type Ledger interface {
	// Latest looks at the latest n events of q within its window, which ends at
	// q.Now, and returns how many there are and when the oldest of them was.
	Latest(ctx context.Context, q Quota, n int) (count int, oldest time.Time, err error)
}

// Entries is the ledger, event by event.
type Entries interface {
	// Events returns at most n events of q within its window, the oldest first.
	Events(ctx context.Context, q Quota, n int) ([]Event, error)
	// Enter does with the events of quotas what their Acts say, for a delivery that stays
	// as it is, or for none, which is the zero ID. A spent one gives a *QuotaError and
	// changes nothing.
	Enter(ctx context.Context, id ID, quotas ...Quota) error
}

// Event is one event of a quota.
type Event struct {
	Delivery ID
	At       time.Time
}

// QuotaError says that a quota is spent.
type QuotaError struct{ Quota string }

// Error names the quota.
func (e *QuotaError) Error() string { return "quota " + e.Quota + " is spent" }

// Reason is the quota's name as the reason of a delivery's state, such as
// "number_limit".
func (e *QuotaError) Reason() string { return e.Quota + limitSuffix }

const limitSuffix = "_limit"

// Outcome is what Accept did.
type Outcome string

// The outcomes of Accept.
const (
	// Created: a new delivery.
	Created Outcome = "created"
	// Repeated: Kratos posted a known message again; nothing changed.
	Repeated Outcome = "repeated"
	// Suppressed: stored or counted as suppressed; it will not be sent.
	Suppressed Outcome = "suppressed"
)

// Acceptance is what became of an accepted message.
type Acceptance struct {
	Outcome Outcome
	// Delivery is the stored one: for a repeat, the first; for a suppressed
	// message, the record that counts it.
	Delivery Delivery
	// Alone: no other delivery to the number lived when this one was created, so it has
	// none to wait for or to supersede. False where that is not known.
	Alone bool
}

// Query selects deliveries. Empty fields do not restrict; at least one of
// Identity, To and ProviderID must be set.
type Query struct {
	Identity string
	To       Phone
	// Provider and ProviderID find the delivery of a provider's message id. Those
	// of a careless provider may be several: what it reports of that id is
	// taken to be about the newest.
	Provider   string
	ProviderID string
	// Live restricts to deliveries that have not ended.
	Live bool
	// Since and Before restrict to deliveries accepted at or after the one instant
	// and before the other.
	Since, Before time.Time
	// Limit bounds the answer; 0 means 100.
	Limit int
}

// Sender hands one message to one provider, by one route. It never retries: whether a second
// request is safe is for the plan to decide.
type Sender interface {
	// Provider names the sender in attempts, logs and metrics: the provider's name, or
	// that of its route where there are several.
	Provider() string
	// Send returns when the provider has answered. Every error is a
	// *DeliveryError. A request that left without an answer is ClassUnknown.
	Send(ctx context.Context, o Outgoing) (Taken, error)
}

// Outgoing is what a sender needs to know.
type Outgoing struct {
	To   Phone
	Code Code
	// Purpose may select the wording.
	Purpose Purpose
	// Locales are BCP 47 tags in order of preference.
	Locales []string
	// Usable says whether to send in a variant of the template; nil says so of
	// all. Ask for one variant at a time, the best first, and use the first for
	// which it says yes: that may be the probe of a variant that was degraded.
	Usable func(variant string) bool `json:"-"`
	// Reference is "<delivery>.<attempt>"; a provider that can echo it does so
	// in its receipts.
	Reference string
	// Trace is that of the delivery.
	Trace string
	// Life is how long the code is still good for.
	Life time.Duration
}

// Taken is a provider's word that it took a message.
type Taken struct {
	// ProviderID is the provider's id of the message.
	ProviderID string
	// Receipts says whether the provider will report what becomes of it.
	Receipts bool
	// Variant is the variant of the template that was sent, such as its language.
	Variant string
	// KnownAs is the number by which the provider knows the person where that is
	// another one (WhatsApp in Brazil, Mexico and Argentina). It is told to
	// operators, masked, and never looked up by.
	KnownAs Phone
}

// Denials are the numbers that want no messages. The store keeps an HMAC of the
// number and its masked form.
type Denials interface {
	// Deny adds a number; Accept then suppresses with ReasonDenied.
	Deny(ctx context.Context, p Phone, at time.Time) error
	// Allow takes it off again. It is no error if it was not there.
	Allow(ctx context.Context, p Phone) error
	// Denied reports whether it is on it.
	Denied(ctx context.Context, p Phone) (bool, error)
}

// Eraser takes numbers out of what is stored.
type Eraser interface {
	// EraseNumber takes a number out of its deliveries that have ended, and returns of
	// how many. That it wants no messages stays known.
	EraseNumber(ctx context.Context, p Phone) (deliveries int, err error)
}

// Watched is what login pages ask.
type Watched interface {
	// ByToken returns the newest delivery that came with a token, or the one on which that
	// was counted, without its code and, if it cannot be decrypted, without its number;
	// or ErrNotFound.
	ByToken(ctx context.Context, t Token) (Delivery, error)
}

// Reader is what operators look at. A number that cannot be decrypted is left out
// there: people look when something is wrong.
type Reader interface {
	// Peek returns a delivery with its attempts and without its code, or ErrNotFound.
	Peek(ctx context.Context, id ID) (Delivery, error)
	// List returns a page of such deliveries, newest first.
	List(ctx context.Context, p Page) (Listing, error)
	// Tallies returns what was tallied in the spans of q, added up as far as q.By does
	// not tell it apart: Accepted is the beginning of a span, or zero. Unless q.By is
	// ByChannel, tallies of a channel have only the counts that Price is for.
	Tallies(ctx context.Context, q TallyQuery) ([]Tally, error)
	// Backlog counts what has not ended.
	Backlog(ctx context.Context, now time.Time) (Backlog, error)
}

// Backlog is what has not ended.
type Backlog struct {
	// Live is how many deliveries there are: most wait for a report or for their
	// fallback.
	Live int
	// Due is how many of them a dispatcher should have taken.
	Due int
	// OldestDue is since when the oldest of those is due; zero when there is none.
	OldestDue time.Time
}

// Page selects deliveries for operators, newest first. Empty fields do not restrict.
type Page struct {
	// States are those of which a delivery must have one.
	States  []State
	Purpose Purpose
	// Country is the region of the number (ISO 3166-1 alpha-2).
	Country string
	// Channel and Code restrict to deliveries with an attempt on that channel, with an
	// attempt that failed with that code of its provider, or with one that is both.
	Channel Channel
	Code    string
	// To restricts to one number.
	To Phone
	// From and Until restrict to deliveries accepted at or after the one instant and
	// before the other.
	From, Until time.Time
	// Before starts the page after this delivery, which the page before it named as Next;
	// the zero ID starts with the newest.
	Before ID
	// Limit is the length of the page; 0 means 100.
	Limit int
}

// Listing is a page of deliveries.
type Listing struct {
	Deliveries []Delivery
	// Next is the Before of the next page; zero if there is none. A page looks at so many
	// deliveries and no more: it may be short, or empty, and have a Next.
	Next ID
}
