package world

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// An SMS reaches every phone that is on, and waits for one that is off. How it
// comes in is the business of package smsapi.

var firstDigits = regexp.MustCompile(`[0-9]{4,15}`)

// Statuses of an SMS that a WhatsApp message does not have.
const (
	SMSQueued      = "queued"
	SMSUndelivered = "undelivered"
)

// OutgoingSMS is an SMS as the client asked for it.
type OutgoingSMS struct {
	// To is a number with its country code, From a number or a name.
	To, From, Text string
	// Callback wants the receipts; empty for none.
	Callback string
	// Request is what came in, as JSON.
	Request json.RawMessage
	Faults  FaultSet
}

// SMS is an SMS that was taken.
type SMS struct {
	client.Message
	From string
}

// SendSMS takes an SMS and starts its life. call writes the answer; it must not
// ask the world for anything.
func (w *World) SendSMS(m OutgoingSMS, call func(SMS) client.Call) {
	w.do(func(s *state) {
		taken := s.sendSMS(m).sms()
		s.record(newCall(call(taken), Refusal{}), taken.ID)
	})
}

// SMS returns the SMS with that id, if it is remembered.
func (j Journal) SMS(id string) (m SMS, ok bool) {
	j.do(func(s *state) {
		if rec := s.journal.find(id); rec != nil && rec.Channel == client.SMS {
			m, ok = rec.sms(), true
		}
	})
	return m, ok
}

func (rec *record) sms() SMS { return SMS{rec.copy(), rec.from} }

func (s *state) sendSMS(m OutgoingSMS) *record {
	number := meta.Digits(m.To)
	key := meta.PhoneKey(number)
	dice := chance{s.chaos.Seed}.about("sms", key, s.sends.next("sms "+key))
	rec := &record{
		Message: client.Message{
			ID:      fmt.Sprintf("SM%016x%016x", dice.Uint64(), dice.Uint64()),
			Channel: client.SMS,
			To:      "+" + number,
			Code:    firstDigits.FindString(m.Text),
			Text:    m.Text,
			At:      s.clock.Now(),
			Request: m.Request,
		},
		key: key, faults: m.Faults, dice: dice, callback: m.Callback, from: m.From,
	}
	s.journal.add(rec)
	s.feed.publish(rec.key, rec.ID)
	if rec.faults.Has(client.SMSSilent) {
		return rec
	}
	s.step(rec, s.o.SentAfter, func() {
		s.emitSMS(rec, meta.StatusSent, 0)
		s.step(rec, s.o.SentAfter, func() { s.deliverSMS(rec) })
	})
	return rec
}

func (s *state) deliverSMS(rec *record) {
	if f, ok := rec.faults.Find(client.SMSFailed, ""); ok {
		s.emitSMS(rec, SMSUndelivered, f.Code)
		return
	}
	if s.handsets.get(rec.key).State == client.SwitchedOff {
		s.step(rec, time.Second, func() { s.deliverSMS(rec) }) // the network looks again
		return
	}
	s.emitSMS(rec, meta.StatusDelivered, 0)
}

// emitSMS adds a status and sends a receipt if the sender wants them.
func (s *state) emitSMS(rec *record, name string, code int) {
	now := s.clock.Now()
	rec.Statuses = append(rec.Statuses, client.Status{Name: name, At: now, Code: code})
	s.changed(rec)
	if rec.callback != "" {
		s.outbox.Receipt(Receipt{
			ID: rec.ID, Callback: rec.callback, From: rec.from, To: rec.To, Status: name, Code: code, At: now,
			Tried: func(post client.Webhook) { s.locked(func() { s.tried(rec, name, post) }) },
		})
	}
}
