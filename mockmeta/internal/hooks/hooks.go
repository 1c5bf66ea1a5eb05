package hooks

import (
	"log/slog"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Options of the outbox; all are needed.
type Options struct {
	Log *slog.Logger
	// Now is the real clock.
	Now func() time.Time
	// AppSecret signs the webhooks.
	AppSecret string
	// Shape of the webhooks: ShapeV23, ShapeV24 or ShapeV26.
	Shape string
	// TwilioAccountSID and TwilioAuthToken are in and under the receipts of SMS.
	TwilioAccountSID, TwilioAuthToken string
}

// clock is the mock's time.
type clock interface {
	Now() time.Time
	After(d time.Duration, fn func())
}

// Hooks sends webhooks to a callback until it answers 200, and receipts of SMS
// once. What is about one message goes out one after the other, unless a fault
// says otherwise. It implements [world.Outbox].
type Hooks struct {
	o      Options
	clock  clock
	poster *poster

	mu       sync.Mutex
	batch    map[string][]change  // by callback
	lines    map[string][]posting // by message: what waits for the post under way
	overtake map[string][]posting // by message: what goes out after the next post
}

// change is one thing that a webhook reports, as it goes over the wire.
type change struct {
	world.Change
	field string
	value any
	time  int64 // of the entry, for fields other than messages; unix seconds
}

// posting starts a post; done is called after its first try.
type posting func(done func())

// New starts an outbox.
func New(o Options, c clock) *Hooks {
	h := &Hooks{poster: newPoster(o.Log, o.Now), o: o, clock: c}
	h.Forget()
	return h
}

// Announce queues a webhook.
func (h *Hooks) Announce(callback string, c world.Change) {
	h.enqueue(callback, h.encode(c))
}

// Forget drops what waits.
func (h *Hooks) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.batch, h.lines, h.overtake = map[string][]change{}, map[string][]posting{}, map[string][]posting{}
}

// Settle waits until nothing is under way, but no longer than one post may take.
func (h *Hooks) Settle() { h.poster.settle(postTimeout) }

// Close waits for what is under way.
func (h *Hooks) Close() { h.poster.close() }
