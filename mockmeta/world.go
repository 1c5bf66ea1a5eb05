package mockmeta

import (
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// world is what is true in the mock: the account, its templates, the phones and
// the life of each message. Its faces are the Graph API, the SMS APIs, the
// control API and the page; each is a type of its own that embeds it.
type world struct {
	opts    Options
	clock   *clock
	poster  *poster
	hooks   *hooks
	feed    *feed
	started time.Time
	apiURL  string // base of the Graph API, for links in its answers

	// mu guards everything below.
	mu        sync.Mutex
	journal   *journal
	handsets  *handsets
	templates *registry
	account   *account
	limits    *limits
	faults    *faultQueue
	chaos     client.Chaos
	sends     ordinals // by recipient; not reset, so that ids stay unique
	traces    uint64
	tokenEnds time.Time       // zero: never
	warned    map[string]bool // warnings that were printed
}

// newWorld is the world of a new mock, by complete options.
func newWorld(o Options) *world {
	c, p := newClock(o.Now), newPoster(o.Log, o.Now)
	w := &world{
		opts: o, clock: c, poster: p, hooks: newHooks(c, p, o.AppSecret), feed: newFeed(), started: o.Now(),
		journal: newJournal(o.MaxMessages),
	}
	w.clear()
	return w
}

// messagesBy returns what was taken so far, oldest first.
func (w *world) messagesBy(f client.Filter) []client.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.journal.list(f)
}

// calls returns the requests that were answered so far, oldest first.
func (w *world) calls() []client.Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]client.Call{}, w.journal.calls...)
}

// advance moves the clock on. What becomes due on the way has happened when it
// returns, webhooks included.
func (w *world) advance(d time.Duration) {
	w.clock.Advance(d, func() { w.poster.settle(postTimeout) })
}

// reset forgets everything but the subscription and the time; chaos is again as
// it was at the start.
func (w *world) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	w.feed.publish("", "")
}

// clear is the state of a new mock. The caller holds w.mu.
func (w *world) clear() {
	w.clock.Clear()
	w.hooks.forget()
	w.journal.clear()
	w.handsets = newHandsets()
	w.templates = seededTemplates()
	w.account = newAccount()
	w.limits = newLimits(w.opts)
	w.faults = &faultQueue{}
	w.chaos = client.Chaos{Seed: w.opts.Seed, Faults: completeFaults(w.opts.Chaos)}
	w.tokenEnds = time.Time{}
	w.warned = map[string]bool{}
}
