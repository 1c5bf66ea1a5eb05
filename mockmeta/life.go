package mockmeta

import (
	"net/http"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Names of statuses, as in the webhooks.
const (
	statusSent      = "sent"
	statusDelivered = "delivered"
	statusRead      = "read"
	statusFailed    = "failed"
)

// The life of a WhatsApp message after it was accepted: sent, then delivered
// and read when the phone takes part. Each step looks at the phone as it is at
// that moment.

// begin schedules the first step. The caller holds s.mu.
func (s *Server) begin(rec *record) {
	s.step(rec, s.opts.SentAfter, func() {
		if s.handsets.get(rec.number).State == client.NotOnWhatsApp {
			s.emit(rec, statusFailed, errorByCode(131026))
			return
		}
		s.emit(rec, statusSent, nil)
		s.step(rec, s.opts.DeliveredAfter, func() { s.deliver(rec) })
	})
}

// deliver puts the message on the phone, or lets it wait for the phone. A
// message that outlived its time to live is dropped without a word.
func (s *Server) deliver(rec *record) {
	switch h := s.handsets.get(rec.number); {
	case s.clock.Now().After(rec.expires):
		rec.dropped = true
		s.feed.publish(rec.number, rec.ID)
	case h.State == client.SwitchedOff:
		s.handsets.wait(rec)
	default:
		s.emit(rec, statusDelivered, nil)
		s.step(rec, s.opts.ReadAfter, func() { s.emit(rec, statusRead, nil) })
	}
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
	s.hooks.enqueue(change{
		field: "messages",
		value: statusValue(rec, name, now, cause),
		answered: func(status int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			rec.answered(name, status)
			s.changed(rec)
		},
	})
}

// changed wakes whoever waits and refreshes the page.
func (s *Server) changed(rec *record) {
	s.journal.notify()
	s.feed.publish(rec.number, rec.ID)
}

// answered notes what the webhook of a status was answered with. A 200 is not
// taken back by a later duplicate.
func (rec *record) answered(name string, status int) {
	for i := range rec.Statuses {
		if st := &rec.Statuses[i]; st.Name == name && st.Webhook != http.StatusOK {
			st.Webhook = status
		}
	}
}
