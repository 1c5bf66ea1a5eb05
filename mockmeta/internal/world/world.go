package world

import (
	"log/slog"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Seeded identifiers of the simulated account.
const (
	WABAID             = "102290129340398"
	PhoneNumberID      = "106540352242922"
	DisplayPhoneNumber = "+1 555-010-0123"
	// The second sending number has the same rights and limits of its own.
	SecondPhoneNumberID      = "106540352242923"
	SecondDisplayPhoneNumber = "+1 555-010-0124"
	AppID                    = "800300400500601"
	AppName                  = "Example Login App"
)

// Options of a world; all are needed.
type Options struct {
	Log *slog.Logger
	// Chaos is the misbehaviour by chance at the start and after a reset.
	Chaos client.Chaos
	// SentAfter, DeliveredAfter and ReadAfter are the time from acceptance to
	// sent, from sent to delivered, and from delivered to read.
	SentAfter, DeliveredAfter, ReadAfter time.Duration
	// ReviewAfter is how long a new template is pending.
	ReviewAfter time.Duration
	// Throughput is how many messages a second a sending number may send; negative
	// for no limit.
	Throughput int
	// PairEvery and PairBurst bound the messages to one recipient; a negative
	// PairEvery is no limit.
	PairEvery time.Duration
	PairBurst int
	// MaxMessages bounds the journal.
	MaxMessages int
}

// World is what is true in the mock. It is safe for concurrent use.
type World struct {
	Account   Account
	Templates Templates
	Handsets  Handsets
	Faults    Faults
	Journal   Journal

	// Started is when the mock started, by the real clock.
	Started time.Time

	clock  *Clock
	outbox Outbox
	feed   *feed

	mu    sync.Mutex
	state state
}

// access runs a function with the lock, and hands it all that the lock guards.
type access func(func(*state))

// state is all that changes, and the rules by which it does. It is used with the
// world's lock only: do takes it for an operation, and after takes it for what
// happens later.
type state struct {
	o      Options
	clock  *Clock
	outbox Outbox
	feed   *feed
	locked func(func())

	journal   *journal
	handsets  *handsets
	templates *registry
	account   *account
	limits    *limits
	faults    *faultQueue
	chaos     client.Chaos
	tokenEnds time.Time       // zero: never
	warned    map[string]bool // warnings that were printed

	// These outlive a reset.
	callback string   // the app's own
	sends    ordinals // by recipient, so that ids stay unique
}

// New is the world of a new mock.
func New(o Options, clock *Clock, outbox Outbox) *World {
	w := &World{Started: clock.real(), clock: clock, outbox: outbox, feed: newFeed()}
	w.Account, w.Templates, w.Handsets, w.Faults, w.Journal = Account{w.do}, Templates{w.do}, Handsets{w.do}, Faults{w.do}, Journal{w.do}
	w.state = state{
		o: o, clock: clock, outbox: outbox, feed: w.feed, journal: newJournal(o.MaxMessages),
		locked: func(fn func()) { w.do(func(*state) { fn() }) },
	}
	w.do((*state).clear)
	return w
}

// do is the only place that takes the lock.
func (w *World) do(fn func(*state)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn(&w.state)
}

// Now is the mock's time.
func (w *World) Now() time.Time { return w.clock.Now() }

// Advance moves the clock on. What becomes due on the way has happened when it
// returns, webhooks included.
func (w *World) Advance(d time.Duration) { w.clock.Advance(d, w.outbox.Settle) }

// Reset forgets everything but the subscription and the time; chaos is again as
// it was at the start.
func (w *World) Reset() {
	w.do(func(s *state) {
		s.clear()
		s.feed.publish("", "")
	})
}

// Watch reports what changes from now on, until stop is called. The channel is
// closed when its reader cannot follow.
func (w *World) Watch() (updates <-chan Update, stop func()) { return w.feed.subscribe() }

// Close ends the time of this world.
func (w *World) Close() { w.clock.Close() }

// after runs fn, with the lock, once d has passed.
func (s *state) after(d time.Duration, fn func()) {
	s.clock.After(d, func() { s.locked(fn) })
}

// clear is the state of a new mock.
func (s *state) clear() {
	s.clock.Clear()
	s.outbox.Forget()
	s.journal.clear()
	s.handsets = newHandsets()
	s.templates = seededTemplates()
	s.account = newAccount()
	s.limits = newLimits(s.o)
	s.faults = &faultQueue{}
	s.chaos = client.Chaos{Seed: s.o.Chaos.Seed, Faults: completeFaults(s.o.Chaos.Faults)}
	s.tokenEnds = time.Time{}
	s.warned = map[string]bool{}
}

// warnOnce prints a warning that would otherwise come with every call.
func (s *state) warnOnce(warning string) {
	if !s.warned[warning] {
		s.warned[warning] = true
		s.o.Log.Warn(warning)
	}
}
