package mockmeta

import (
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Names of statuses, as in the webhooks.
const (
	statusSent      = "sent"
	statusDelivered = "delivered"
	statusRead      = "read"
	statusFailed    = "failed"
	statusWarning   = "warning" // not documented; sent on request
)

// freeTextTTL is how long WhatsApp tries to deliver what is no template.
const freeTextTTL = 30 * 24 * time.Hour

// The life of a WhatsApp message after it was accepted: sent, then delivered
// and read when the phone takes part. Each step looks at the phone as it is at
// that moment.

// begin schedules the first step. The caller holds s.mu.
func (s *Server) begin(rec *record) {
	if rec.faults.has(client.Silent) {
		return
	}
	s.step(rec, s.pause(rec, s.opts.SentAfter), func() {
		phone := s.handsets.get(rec.key)
		failed, planted := rec.faults.find(client.Failed, statusSent)
		switch {
		case planted && failed.On != statusSent:
			s.emit(rec, statusFailed, errorByCode(failed.Code))
			return
		case phone.State == client.NotOnWhatsApp:
			s.emit(rec, statusFailed, errorByCode(131026))
			return
		case rec.identity != "" && rec.identity != phone.IdentityHash:
			s.emit(rec, statusFailed, errorByCode(137000))
			return
		}
		s.emit(rec, statusSent, nil)
		if rec.faults.has(client.UnknownStatus) {
			s.emit(rec, statusWarning, nil)
		}
		wait := s.pause(rec, s.opts.DeliveredAfter)
		if late, ok := rec.faults.find(client.Late, ""); ok {
			wait += time.Duration(late.Delay)
		}
		switch {
		case failed.On == statusSent:
			s.step(rec, wait, func() { s.emit(rec, statusFailed, errorByCode(failed.Code)) })
		case !rec.faults.has(client.SentOnly):
			s.step(rec, wait, func() { s.deliver(rec) })
		}
	})
}

// deliver puts the message on the phone, or lets it wait for the phone. A
// message that outlived its time to live is dropped without a word.
func (s *Server) deliver(rec *record) {
	phone := s.handsets.get(rec.key)
	switch {
	case s.clock.Now().After(rec.expires):
		rec.dropped = true
		s.changed(rec)
		return
	case !reachable(phone):
		s.handsets.wait(rec)
		return
	case !rec.faults.has(client.ReadOnly):
		s.emit(rec, statusDelivered, nil)
	}
	if phone.NoReceipts {
		return
	}
	s.step(rec, s.pause(rec, s.opts.ReadAfter), func() {
		if reachable(s.handsets.get(rec.key)) {
			s.emit(rec, statusRead, nil)
		}
	})
}

// pause is d, or up to half more or less when the message has jitter.
func (s *Server) pause(rec *record, d time.Duration) time.Duration {
	if !rec.faults.has(client.Jitter) {
		return d
	}
	return time.Duration(float64(d) * (0.5 + rec.dice.Float64()))
}

// step runs fn with s.mu held once d has passed, unless the mock was reset.
func (s *Server) step(rec *record, d time.Duration, fn func()) {
	s.clock.After(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.journal.find(rec.ID) == rec {
			fn()
		}
	})
}

// emit adds a status to the message and sends its webhook.
func (s *Server) emit(rec *record, name string, cause *graphError) {
	now := s.clock.Now()
	st := client.Status{Name: name, At: now}
	if cause != nil {
		st.Code = cause.Code
	}
	rec.Statuses = append(rec.Statuses, st)
	s.changed(rec)
	befalls := s.hookFaults(rec, name)
	unit := time.Second
	if befalls.has(client.Milliseconds) {
		unit = time.Millisecond
	}
	s.announce(change{
		field:   "messages",
		value:   s.statusValue(rec, name, now, unit, cause),
		about:   rec.ID,
		befalls: befalls,
		tried:   func(w client.Webhook) { s.tried(rec, name, w) },
	})
}

// hookFaults are those that befall the webhook of a status. Chance decides for
// each webhook anew, while what a magic number asks for holds for all.
func (s *Server) hookFaults(rec *record, name string) faultSet {
	chaos := roll(chance{s.chaos.Seed}.about("webhook "+name, rec.ID, 0), rec.key, s.chaos.Faults).of(onHook)
	befalls := append(rec.faults.of(onHook), chaos...)
	befalls = append(befalls, s.faults.take(onHook, rec.key, name)...)
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
func (s *Server) tried(rec *record, name string, w client.Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Status = name
	if len(rec.Webhooks) >= maxTries {
		rec.Webhooks = slices.Delete(rec.Webhooks, 0, 1)
	}
	rec.Webhooks = append(rec.Webhooks, w)
	for i := range rec.Statuses {
		if st := &rec.Statuses[i]; st.Name == name && st.Webhook != http.StatusOK {
			st.Webhook = w.Answer
		}
	}
	s.changed(rec)
}

// changed wakes whoever waits and refreshes the page, unless the message was
// forgotten meanwhile.
func (s *Server) changed(rec *record) {
	if s.journal.find(rec.ID) != rec {
		return
	}
	s.journal.notify()
	s.feed.publish(rec.key, rec.ID)
}
