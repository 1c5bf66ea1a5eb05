package mockmeta

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
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
// w.mu.
func (a *smsAPI) smsFaults(number string) faultSet {
	key := meta.PhoneKey(number)
	return append(magic(number), a.faults.take(onSMS, key, "")...).of(onSMS)
}

// acceptSMS writes an SMS down and starts its life. The caller holds w.mu.
func (w *world) acceptSMS(to, text string, request json.RawMessage, befalls faultSet, cb smsCallback) *record {
	number := meta.Digits(to)
	key := meta.PhoneKey(number)
	dice := chance{w.chaos.Seed}.about("sms", key, w.sends.next("sms "+key))
	rec := &record{
		Message: client.Message{
			ID:      fmt.Sprintf("SM%016x%016x", dice.Uint64(), dice.Uint64()),
			Channel: client.SMS,
			To:      "+" + number,
			Code:    firstDigits.FindString(text),
			Text:    text,
			At:      w.clock.Now(),
			Request: request,
		},
		key: key, faults: befalls, dice: dice, callback: cb,
	}
	w.journal.add(rec)
	w.feed.publish(rec.key, rec.ID)
	if befalls.has(client.SMSSilent) {
		return rec
	}
	w.step(rec, w.opts.SentAfter, func() {
		w.emitSMS(rec, meta.StatusSent, 0)
		w.step(rec, w.opts.SentAfter, func() { w.deliverSMS(rec) })
	})
	return rec
}

func (w *world) deliverSMS(rec *record) {
	if f, ok := rec.faults.find(client.SMSFailed, ""); ok {
		w.emitSMS(rec, smsUndelivered, f.Code)
		return
	}
	if w.handsets.get(rec.key).State == client.SwitchedOff {
		w.step(rec, time.Second, func() { w.deliverSMS(rec) }) // the network looks again
		return
	}
	w.emitSMS(rec, meta.StatusDelivered, 0)
}

// emitSMS adds a status and calls the sender back if it wants that.
func (w *world) emitSMS(rec *record, name string, code int) {
	rec.Statuses = append(rec.Statuses, client.Status{Name: name, At: w.clock.Now(), Code: code})
	w.changed(rec)
	if rec.callback.url != "" {
		w.callBack(rec, name, code)
	}
}
