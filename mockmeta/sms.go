package mockmeta

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// An SMS reaches every phone that is on, and waits for one that is off. How it
// comes in is the business of twilio.go and sink.go.

var firstDigits = regexp.MustCompile(`[0-9]{4,15}`)

// Statuses of an SMS that a WhatsApp message does not have.
const (
	smsQueued      = "queued"
	smsUndelivered = "undelivered"
)

// smsCallback is where the sender wants to hear about the statuses.
type smsCallback struct{ url, from string }

// smsFaults are those that befall the next SMS to a number. The caller holds
// s.mu.
func (s *Server) smsFaults(number string) faultSet {
	key := phoneKey(number)
	return append(magic(number), s.faults.take(onSMS, key, "")...).of(onSMS)
}

// acceptSMS writes an SMS down and starts its life. The caller holds s.mu.
func (s *Server) acceptSMS(to, text string, request json.RawMessage, befalls faultSet, cb smsCallback) *record {
	number := digits(to)
	key := phoneKey(number)
	dice := chance{s.chaos.Seed}.about("sms", key, s.sends.next("sms "+key))
	rec := &record{
		Message: client.Message{
			ID:      fmt.Sprintf("SM%016x%016x", dice.Uint64(), dice.Uint64()),
			Channel: client.SMS,
			To:      "+" + number,
			Code:    firstDigits.FindString(text),
			Text:    text,
			At:      s.clock.Now(),
			Request: request,
		},
		key: key, faults: befalls, dice: dice, callback: cb,
	}
	s.journal.add(rec)
	s.feed.publish(rec.key, rec.ID)
	if befalls.has(client.SMSSilent) {
		return rec
	}
	s.step(rec, s.opts.SentAfter, func() {
		s.emitSMS(rec, statusSent, 0)
		s.step(rec, s.opts.SentAfter, func() { s.deliverSMS(rec) })
	})
	return rec
}

func (s *Server) deliverSMS(rec *record) {
	if f, ok := rec.faults.find(client.SMSFailed, ""); ok {
		s.emitSMS(rec, smsUndelivered, f.Code)
		return
	}
	if s.handsets.get(rec.key).State == client.SwitchedOff {
		s.step(rec, time.Second, func() { s.deliverSMS(rec) }) // the network looks again
		return
	}
	s.emitSMS(rec, statusDelivered, 0)
}

// emitSMS adds a status and calls the sender back if it wants that.
func (s *Server) emitSMS(rec *record, name string, code int) {
	rec.Statuses = append(rec.Statuses, client.Status{Name: name, At: s.clock.Now(), Code: code})
	s.changed(rec)
	if rec.callback.url != "" {
		s.callBack(rec, name, code)
	}
}
