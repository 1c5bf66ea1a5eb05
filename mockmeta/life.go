package mockmeta

import (
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// The life of a WhatsApp message after it was accepted: sent, then delivered
// and read when the phone takes part. Each step looks at the phone as it is at
// that moment.

// begin schedules the first step. The caller holds w.mu.
func (w *world) begin(rec *record) {
	if rec.faults.has(client.Silent) {
		return
	}
	w.step(rec, w.pause(rec, w.opts.SentAfter), func() {
		phone := w.handsets.get(rec.key)
		failed, planted := rec.faults.find(client.Failed, meta.StatusSent)
		switch {
		case planted && failed.On != meta.StatusSent:
			w.emit(rec, meta.StatusFailed, meta.ErrorByCode(failed.Code))
			return
		case phone.State == client.NotOnWhatsApp:
			w.emit(rec, meta.StatusFailed, meta.ErrorByCode(131026))
			return
		case rec.identity != "" && rec.identity != phone.IdentityHash:
			w.emit(rec, meta.StatusFailed, meta.ErrorByCode(137000))
			return
		}
		w.emit(rec, meta.StatusSent, nil)
		if rec.faults.has(client.UnknownStatus) {
			w.emit(rec, meta.StatusWarning, nil)
		}
		wait := w.pause(rec, w.opts.DeliveredAfter)
		if late, ok := rec.faults.find(client.Late, ""); ok {
			wait += time.Duration(late.Delay)
		}
		switch {
		case failed.On == meta.StatusSent:
			w.step(rec, wait, func() { w.emit(rec, meta.StatusFailed, meta.ErrorByCode(failed.Code)) })
		case !rec.faults.has(client.SentOnly):
			w.step(rec, wait, func() { w.deliver(rec) })
		}
	})
}

// deliver puts the message on the phone, or lets it wait for the phone. A
// message that outlived its time to live is dropped without a word.
func (w *world) deliver(rec *record) {
	phone := w.handsets.get(rec.key)
	switch {
	case w.clock.Now().After(rec.expires):
		rec.dropped = true
		w.changed(rec)
		return
	case !reachable(phone):
		w.handsets.wait(rec)
		return
	case !rec.faults.has(client.ReadOnly):
		w.emit(rec, meta.StatusDelivered, nil)
	}
	if phone.NoReceipts {
		return
	}
	w.step(rec, w.pause(rec, w.opts.ReadAfter), func() {
		if reachable(w.handsets.get(rec.key)) {
			w.emit(rec, meta.StatusRead, nil)
		}
	})
}

// pause is d, or up to half more or less when the message has jitter.
func (w *world) pause(rec *record, d time.Duration) time.Duration {
	if !rec.faults.has(client.Jitter) {
		return d
	}
	return time.Duration(float64(d) * (0.5 + rec.dice.Float64()))
}

// step runs fn with w.mu held once d has passed, unless the mock was reset.
func (w *world) step(rec *record, d time.Duration, fn func()) {
	w.clock.After(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.journal.find(rec.ID) == rec {
			fn()
		}
	})
}

// emit adds a status to the message and sends its webhook.
func (w *world) emit(rec *record, name string, cause *meta.Error) {
	now := w.clock.Now()
	st := client.Status{Name: name, At: now}
	if cause != nil {
		st.Code = cause.Code
	}
	rec.Statuses = append(rec.Statuses, st)
	w.changed(rec)
	befalls := w.hookFaults(rec, name)
	unit := time.Second
	if befalls.has(client.Milliseconds) {
		unit = time.Millisecond
	}
	w.announce(change{
		field:   "messages",
		value:   w.statusValue(rec, name, now, unit, cause),
		about:   rec.ID,
		befalls: befalls,
		tried:   func(post client.Webhook) { w.tried(rec, name, post) },
	})
}

// hookFaults are those that befall the webhook of a status. Chance decides for
// each webhook anew, while what a magic number asks for holds for all.
func (w *world) hookFaults(rec *record, name string) faultSet {
	chaos := roll(chance{w.chaos.Seed}.about("webhook "+name, rec.ID, 0), rec.key, w.chaos.Faults).of(onHook)
	befalls := append(rec.faults.of(onHook), chaos...)
	befalls = append(befalls, w.faults.take(onHook, rec.key, name)...)
	befalls = slices.DeleteFunc(befalls, func(f client.Fault) bool { return f.On != "" && f.On != name })
	for i := range befalls {
		befalls[i].On = "" // they mean this webhook now
	}
	return befalls
}

// maxTries bounds the tries that a message remembers.
const maxTries = 50

// tried notes a try to deliver a status. A 200 is not taken back by a later
// duplicate.
func (w *world) tried(rec *record, name string, post client.Webhook) {
	w.mu.Lock()
	defer w.mu.Unlock()
	post.Status = name
	if len(rec.Webhooks) >= maxTries {
		rec.Webhooks = slices.Delete(rec.Webhooks, 0, 1)
	}
	rec.Webhooks = append(rec.Webhooks, post)
	for i := range rec.Statuses {
		if st := &rec.Statuses[i]; st.Name == name && st.Webhook != http.StatusOK {
			st.Webhook = post.Answer
		}
	}
	w.changed(rec)
}

// changed wakes whoever waits and refreshes the page, unless the message was
// forgotten meanwhile.
func (w *world) changed(rec *record) {
	if w.journal.find(rec.ID) != rec {
		return
	}
	w.journal.notify()
	w.feed.publish(rec.key, rec.ID)
}
