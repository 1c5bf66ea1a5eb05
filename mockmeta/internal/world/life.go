package world

import (
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// The life of a WhatsApp message after it was accepted: sent, then delivered
// and read when the phone takes part. Each step looks at the phone as it is at
// that moment.

// begin schedules the first step.
func (s *state) begin(rec *record) {
	if rec.faults.Has(client.Silent) {
		return
	}
	s.step(rec, s.pause(rec, s.o.SentAfter), func() {
		phone := s.handsets.get(rec.key)
		failed, planted := rec.faults.Find(client.Failed, meta.StatusSent)
		switch {
		case planted && failed.On != meta.StatusSent:
			s.emit(rec, meta.StatusFailed, meta.ErrorByCode(failed.Code))
			return
		case phone.State == client.NotOnWhatsApp:
			s.emit(rec, meta.StatusFailed, meta.ErrorByCode(131026))
			return
		case rec.identity != "" && rec.identity != phone.IdentityHash:
			s.emit(rec, meta.StatusFailed, meta.ErrorByCode(137000))
			return
		}
		s.emit(rec, meta.StatusSent, nil)
		if rec.faults.Has(client.UnknownStatus) {
			s.emit(rec, meta.StatusWarning, nil)
		}
		wait := s.pause(rec, s.o.DeliveredAfter)
		if late, ok := rec.faults.Find(client.Late, ""); ok {
			wait += time.Duration(late.Delay)
		}
		switch {
		case failed.On == meta.StatusSent:
			s.step(rec, wait, func() { s.emit(rec, meta.StatusFailed, meta.ErrorByCode(failed.Code)) })
		case !rec.faults.Has(client.SentOnly):
			s.step(rec, wait, func() { s.deliver(rec) })
		}
	})
}

// deliver puts the message on the phone, or lets it wait for the phone. A
// message that outlived its time to live is dropped and nothing is reported.
func (s *state) deliver(rec *record) {
	phone := s.handsets.get(rec.key)
	switch {
	case s.clock.Now().After(rec.expires):
		rec.dropped = true
		s.changed(rec)
		return
	case !reachable(phone):
		s.handsets.wait(rec)
		return
	case !rec.faults.Has(client.ReadOnly):
		s.emit(rec, meta.StatusDelivered, nil)
	}
	if phone.NoReceipts {
		return
	}
	s.step(rec, s.pause(rec, s.o.ReadAfter), func() {
		if reachable(s.handsets.get(rec.key)) {
			s.emit(rec, meta.StatusRead, nil)
		}
	})
}

// pause is d, or up to half more or less when the message has jitter.
func (s *state) pause(rec *record, d time.Duration) time.Duration {
	if !rec.faults.Has(client.Jitter) {
		return d
	}
	return time.Duration(float64(d) * (0.5 + rec.dice.Float64()))
}

// step runs fn once d has passed, unless the message was forgotten.
func (s *state) step(rec *record, d time.Duration, fn func()) {
	s.after(d, func() {
		if s.journal.find(rec.ID) == rec {
			fn()
		}
	})
}

// emit adds a status to the message and sends its webhook.
func (s *state) emit(rec *record, name string, cause *meta.Error) {
	now := s.clock.Now()
	st := client.Status{Name: name, At: now}
	if cause != nil {
		st.Code = cause.Code
	}
	before := rec.had(meta.StatusDelivered)
	rec.Statuses = append(rec.Statuses, st)
	s.changed(rec)
	s.announce(Change{
		Event: StatusEvent{
			ID: rec.ID, From: rec.From, Status: name, CallbackData: rec.CallbackData, Cause: cause, Delivered: before,
			Recipient: Person{Key: rec.key, WaID: rec.waID, Handset: s.handsets.get(rec.key)},
		},
		At:     now,
		About:  rec.ID,
		Faults: s.hookFaults(rec, name),
		Tried:  func(post client.Webhook) { s.locked(func() { s.tried(rec, name, post) }) },
	})
}

// hookFaults are those that apply to the webhook of a status. Chance decides for
// each webhook anew, while what a magic number asks for holds for all.
func (s *state) hookFaults(rec *record, name string) FaultSet {
	chaos := roll(chance{s.chaos.Seed}.about("webhook "+name, rec.ID, 0), rec.From, rec.key, s.chaos.Faults).of(onHook)
	faults := append(rec.faults.of(onHook), chaos...)
	faults = append(faults, s.faults.take(onHook, rec.From, rec.key, name)...)
	faults = slices.DeleteFunc(faults, func(f client.Fault) bool { return f.On != "" && f.On != name })
	for i := range faults {
		faults[i].On = "" // they mean this webhook now
	}
	return faults
}

// maxTries bounds the tries that a message remembers.
const maxTries = 50

// tried notes a try to deliver a status. A 200 is not taken back by a later
// duplicate.
func (s *state) tried(rec *record, name string, post client.Webhook) {
	post.Status = name
	if len(rec.Webhooks) >= maxTries {
		rec.Webhooks = slices.Delete(rec.Webhooks, 0, 1)
	}
	rec.Webhooks = append(rec.Webhooks, post)
	for i := range rec.Statuses {
		if st := &rec.Statuses[i]; st.Name == name && st.Webhook != answered {
			st.Webhook = post.Answer
		}
	}
	s.changed(rec)
}

// changed wakes those who wait and refreshes the page, unless the message was
// forgotten meanwhile.
func (s *state) changed(rec *record) {
	if s.journal.find(rec.ID) != rec {
		return
	}
	s.journal.notify()
	s.feed.publish(rec.key, rec.ID)
}
