package mockmeta

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// record is a message with what only the mock needs.
type record struct {
	client.Message
	key      string // phoneKey of the recipient
	waID     string
	identity string // the recipient_identity_key_hash that was asked for
	shown    meta.Screen
	dice     *rand.Rand
	faults   faultSet
	expires  time.Time
	dropped  bool // outlived its time to live
	reported bool // the person said that it was not them
	callback smsCallback
}

// had says whether the message got that far.
func (rec *record) had(status string) bool {
	_, ok := rec.Status(status)
	return ok
}

// journal remembers the newest messages and calls. All methods but wait need
// the server's lock.
type journal struct {
	max      int
	messages []*record
	byID     map[string]*record
	calls    []client.Call
	// changed is closed and replaced at every change.
	changed chan struct{}
}

func newJournal(limit int) *journal {
	return &journal{max: limit, byID: map[string]*record{}, changed: make(chan struct{})}
}

func (j *journal) add(rec *record) {
	j.messages = append(j.messages, rec)
	j.byID[rec.ID] = rec
	// Cut in halves, so that forgetting costs little per message.
	if len(j.messages) > j.max+j.max/2 {
		for _, old := range j.messages[:len(j.messages)-j.max] {
			delete(j.byID, old.ID)
		}
		j.messages = slices.Clone(j.messages[len(j.messages)-j.max:])
	}
	j.notify()
}

func (j *journal) addCall(c client.Call) {
	j.calls = append(j.calls, c)
	if len(j.calls) > j.max+j.max/2 {
		j.calls = slices.Clone(j.calls[len(j.calls)-j.max:])
	}
}

// find returns the message, or nil.
func (j *journal) find(id string) *record { return j.byID[id] }

// List returns copies of the messages that match, oldest first.
func (j *journal) list(f client.Filter) []client.Message {
	out := []client.Message{}
	to := meta.PhoneKey(meta.Digits(f.To))
	for _, rec := range j.messages {
		if (to == "" || rec.key == to) && (f.Channel == "" || rec.Channel == f.Channel) {
			out = append(out, rec.copy())
		}
	}
	return out
}

func (rec *record) copy() client.Message {
	m := rec.Message
	m.Statuses = append([]client.Status{}, rec.Statuses...)
	m.Webhooks = slices.Clone(rec.Webhooks)
	return m
}

// notify wakes everyone who waits for a change.
func (j *journal) notify() {
	close(j.changed)
	j.changed = make(chan struct{})
}

func (j *journal) clear() {
	j.messages, j.calls, j.byID = nil, nil, map[string]*record{}
	j.notify()
}

// record writes a call to the API down; rec is the message that it made, if any.
func (w *world) record(r *http.Request, c client.Call, rec *record) {
	if len(c.Request) > 0 && !json.Valid(c.Request) {
		c.Request, _ = json.Marshal(string(c.Request)) // a string always marshals
	}
	c.Method, c.Path = r.Method, r.URL.Path
	w.mu.Lock()
	defer w.mu.Unlock()
	if rec != nil {
		rec.Answer = c.Answer
	}
	c.At = w.clock.Now()
	w.journal.addCall(c)
	if c.Warning != "" {
		w.warnOnce(c.Warning)
	}
	refused := c.Status >= http.StatusBadRequest
	if refused {
		w.tellRefusal(c)
	}
	if refused || c.Warning != "" {
		w.feed.publishRefusal()
	}
}

// warnOnce prints a warning that would otherwise come with every call. The
// caller holds w.mu.
func (w *world) warnOnce(warning string) {
	if !w.warned[warning] {
		w.warned[warning] = true
		w.opts.Log.Warn(warning)
	}
}

// waitUntil blocks until done says so or ctx ends. It calls done with the
// server's lock held.
func (w *world) waitUntil(ctx context.Context, done func() bool) bool {
	for {
		w.mu.Lock()
		met, changed := done(), w.journal.changed
		w.mu.Unlock()
		if met {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
