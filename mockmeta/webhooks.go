package mockmeta

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Delivery of webhooks.
const (
	firstRetry = time.Second
	maxRetry   = time.Hour
	// retryFor is how long Meta tries; its pages say 36 hours and 7 days.
	retryFor = 7 * 24 * time.Hour
	// batchFor is how long a change waits for others, batchMax how many go out
	// together at most.
	batchFor = 200 * time.Millisecond
	batchMax = 1000
	// reorderFor is how long a change waits for its successor.
	reorderFor = 2 * time.Second
)

// change is one thing that a webhook tells.
type change struct {
	field string
	value any
	time  int64 // of the entry, for fields other than messages; unix seconds
	// about names the message; changes about one can overtake each other.
	about   string
	befalls faultSet
	// tried is told every try; nil when nobody wants to know.
	tried func(client.Webhook)
}

// hooks sends changes to a callback until it answers 200. Changes about one
// message go out one after the other, unless a fault says otherwise.
type hooks struct {
	*poster
	clock  *clock
	secret string

	lock     sync.Mutex
	app      string               // the app's callback
	batch    map[string][]change  // by callback
	lines    map[string][]posting // by message: what waits for the post under way
	overtake map[string][]posting // by message: what goes out after the next post
}

// posting starts a post; done is called after its first try.
type posting func(done func())

func newHooks(c *clock, p *poster, secret string) *hooks {
	h := &hooks{poster: p, clock: c, secret: secret}
	h.forget()
	return h
}

func (h *hooks) target() string {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.app
}

func (h *hooks) subscribe(callback string) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.app = callback
}

// announce sends one change to whoever gets the account's webhooks. Without a
// subscription it is lost, as in life. The caller holds w.mu.
func (w *world) announce(c change) {
	if callback := w.callback(); callback != "" {
		w.hooks.enqueue(callback, c)
		return
	}
	w.warnOnce("no webhooks are sent: there is no callback (--webhook-url), or the app is not subscribed to the account")
}

// enqueue sends a change as its faults want it.
func (h *hooks) enqueue(callback string, c change) {
	delay, delayed := c.befalls.find(client.Delay, "")
	switch {
	case c.befalls.has(client.Lost):
	case c.befalls.has(client.Batch):
		h.hold(callback, c)
	case delayed:
		h.clock.After(time.Duration(delay.Delay), func() { h.send(callback, []change{c}, nil) })
	case c.befalls.has(client.Reorder) && c.about != "":
		h.letOvertake(callback, c)
	default:
		h.inLine(c.about, func(done func()) { h.send(callback, append(h.claimBatch(callback), c), done) })
	}
}

// inLine posts at once, or after the posts about that message that are under
// way.
func (h *hooks) inLine(about string, post posting) {
	if about == "" {
		post(nil)
		return
	}
	h.lock.Lock()
	line, busy := h.lines[about]
	if busy {
		h.lines[about] = append(line, post)
	} else {
		h.lines[about] = nil
	}
	h.lock.Unlock()
	if !busy {
		post(func() { h.next(about) })
	}
}

// next posts what comes after a post about that message: first what it was to
// overtake, then what stands in line.
func (h *hooks) next(about string) {
	var post posting
	h.lock.Lock()
	switch overtaken, line := h.overtake[about], h.lines[about]; {
	case len(overtaken) > 0:
		post, h.overtake[about] = overtaken[0], overtaken[1:]
	case len(line) > 0:
		post, h.lines[about] = line[0], line[1:]
	default:
		delete(h.lines, about)
		delete(h.overtake, about)
	}
	h.lock.Unlock()
	if post != nil {
		post(func() { h.next(about) })
	}
}

// hold keeps a change until others come or batchFor has passed.
func (h *hooks) hold(callback string, c change) {
	h.lock.Lock()
	h.batch[callback] = append(h.batch[callback], c)
	n := len(h.batch[callback])
	h.lock.Unlock()
	flush := func() {
		if waiting := h.claimBatch(callback); len(waiting) > 0 {
			h.send(callback, waiting, nil)
		}
	}
	switch n {
	case batchMax:
		flush()
	case 1:
		h.clock.After(batchFor, flush)
	}
}

func (h *hooks) claimBatch(callback string) []change {
	h.lock.Lock()
	defer h.lock.Unlock()
	waiting := h.batch[callback]
	delete(h.batch, callback)
	return waiting
}

// letOvertake posts a change after the next one about the same message, or
// after reorderFor when none comes.
func (h *hooks) letOvertake(callback string, c change) {
	var once sync.Once
	post := func(done func()) {
		sent := false
		once.Do(func() {
			sent = true
			h.send(callback, []change{c}, done)
		})
		if !sent && done != nil {
			done()
		}
	}
	h.lock.Lock()
	h.overtake[c.about] = append(h.overtake[c.about], post)
	h.lock.Unlock()
	h.clock.After(reorderFor, func() {
		h.lock.Lock()
		waiting := h.overtake[c.about]
		delete(h.overtake, c.about)
		h.lock.Unlock()
		for _, post := range waiting {
			h.inLine(c.about, post)
		}
	})
}

// delivery is one body on its way.
type delivery struct {
	callback string
	body     []byte
	changes  []change
	since    time.Time
	backoff  time.Duration
	befalls  faultSet // of the first try
	done     func()   // called after the first try
}

// spoiled says that this try is meant to be refused.
func (d *delivery) spoiled() bool {
	return d.befalls.has(client.BadSignature) || d.befalls.has(client.Unsigned) || d.befalls.has(client.CutOff)
}

// send posts changes in one body, and its duplicates at the same time. done is
// called when all have been tried once.
func (h *hooks) send(callback string, changes []change, done func()) {
	var befalls faultSet
	for _, c := range changes {
		befalls = append(befalls, c.befalls...)
	}
	copies := 1
	if f, ok := befalls.find(client.Duplicate, ""); ok {
		copies += f.Times
	}
	left := atomic.Int64{}
	left.Store(int64(copies))
	tried := func() {
		if left.Add(-1) == 0 && done != nil {
			done()
		}
	}
	body, now := encodeHook(changes), h.clock.Now()
	for range copies {
		d := &delivery{callback: callback, body: body, changes: changes, since: now, backoff: firstRetry, befalls: befalls, done: tried}
		if !h.background(func() { h.deliver(d) }) {
			tried() // it is lost; the line goes on
		}
	}
}

// deliver posts once and plans the next try when the answer was not 200.
func (h *hooks) deliver(d *delivery) {
	w := h.try(d)
	for _, c := range d.changes {
		if c.tried != nil {
			c.tried(w)
		}
	}
	if d.done != nil {
		d.done()
		d.done = nil
	}
	if w.Answer == http.StatusOK || h.clock.Now().Sub(d.since) > retryFor {
		return
	}
	wait := d.backoff
	d.befalls, d.backoff = nil, min(2*wait, maxRetry)
	h.clock.After(wait, func() { h.background(func() { h.deliver(d) }) })
}

// try posts as the faults of this try want it.
func (h *hooks) try(d *delivery) client.Webhook {
	w := client.Webhook{At: h.clock.Now(), URL: d.callback, Signature: sign(h.secret, d.body), Body: string(d.body)}
	switch {
	case d.befalls.has(client.BadSignature):
		w.Signature = sign(h.secret+" of somebody else", d.body)
	case d.befalls.has(client.Unsigned):
		w.Signature = ""
	}
	body := io.Reader(bytes.NewReader(d.body))
	if d.befalls.has(client.CutOff) {
		body = io.MultiReader(bytes.NewReader(d.body[:len(d.body)/2]), brokenReader{})
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"facebookexternalua"}}
	if w.Signature != "" {
		header.Set("X-Hub-Signature-256", w.Signature)
	}
	var cause error
	w.Answer, cause = h.post(d.callback, header, body, len(d.body))
	if !d.spoiled() {
		h.tellUntaken(client.WhatsApp, d.callback, d.changes[0].field, w.Answer, cause)
	}
	return w
}

// brokenReader ends a body before it is complete.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("cut off on purpose") }

// forget drops what waits.
func (h *hooks) forget() {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.batch, h.lines, h.overtake = map[string][]change{}, map[string][]posting{}, map[string][]posting{}
}
