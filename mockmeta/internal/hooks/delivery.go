package hooks

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Delivery of webhooks.
const (
	firstRetry = time.Second
	maxRetry   = time.Hour
	// retryFor is how long Meta tries; its pages say 36 hours and 7 days.
	retryFor = 7 * 24 * time.Hour
)

// delivery is one body on its way.
type delivery struct {
	callback string
	body     []byte
	changes  []change
	since    time.Time
	backoff  time.Duration
	faults   world.FaultSet // of the first try
	done     func()         // called after the first try
}

// spoiled says that this try is meant to be refused.
func (d *delivery) spoiled() bool {
	return d.faults.Has(client.BadSignature) || d.faults.Has(client.Unsigned) || d.faults.Has(client.CutOff)
}

// send posts changes in one body, and its duplicates at the same time. done is
// called when all have been tried once.
func (h *Hooks) send(callback string, changes []change, done func()) {
	var faults world.FaultSet
	for _, c := range changes {
		faults = append(faults, c.Faults...)
	}
	copies := 1
	if f, ok := faults.Find(client.Duplicate, ""); ok {
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
		d := &delivery{callback: callback, body: body, changes: changes, since: now, backoff: firstRetry, faults: faults, done: tried}
		if !h.poster.background(func() { h.deliver(d) }) {
			tried() // it is lost; the line goes on
		}
	}
}

// deliver posts once and plans the next try when the answer was not 200.
func (h *Hooks) deliver(d *delivery) {
	w := h.try(d)
	for _, c := range d.changes {
		if c.Tried != nil {
			c.Tried(w)
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
	d.faults, d.backoff = nil, min(2*wait, maxRetry)
	h.clock.After(wait, func() { h.poster.background(func() { h.deliver(d) }) })
}

// try posts as the faults of this try want it.
func (h *Hooks) try(d *delivery) client.Webhook {
	w := client.Webhook{At: h.clock.Now(), URL: d.callback, Signature: sign(h.o.AppSecret, d.body), Body: string(d.body)}
	switch {
	case d.faults.Has(client.BadSignature):
		w.Signature = sign("not "+h.o.AppSecret, d.body)
	case d.faults.Has(client.Unsigned):
		w.Signature = ""
	}
	body := io.Reader(bytes.NewReader(d.body))
	if d.faults.Has(client.CutOff) {
		body = io.MultiReader(bytes.NewReader(d.body[:len(d.body)/2]), brokenReader{})
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"facebookexternalua"}}
	if w.Signature != "" {
		header.Set("X-Hub-Signature-256", w.Signature)
	}
	var cause error
	w.Answer, cause = h.poster.post(d.callback, header, body, len(d.body))
	if !d.spoiled() {
		h.poster.warnUntaken(client.WhatsApp, d.callback, d.changes[0].field, w.Answer, cause)
	}
	return w
}

// brokenReader ends a body before it is complete.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("cut off on purpose") }
