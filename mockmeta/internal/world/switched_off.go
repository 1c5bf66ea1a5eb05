package world

import (
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// A phone that is switched off, or that has blocked the business, gets nothing:
// its messages stay at sent. When it is back, what has not outlived its time to
// live is delivered. SMS wait for it too; see sms.go.

// maxWaiting bounds the messages that wait for one phone.
const maxWaiting = 100

// reachable says whether a message gets to the phone now.
func reachable(h client.Handset) bool { return h.State == client.OnWhatsApp && !h.Blocked }

func (h *handsets) wait(rec *record) {
	list := h.waiting[rec.key]
	if len(list) >= maxWaiting {
		list = slices.Clone(list[1:])
	}
	h.waiting[rec.key] = append(list, rec)
}

// claim takes what waits for the phone.
func (h *handsets) claim(key string) []*record {
	list := h.waiting[key]
	delete(h.waiting, key)
	return list
}

// deliverWaiting delivers what waited for a phone that is back.
func (s *state) deliverWaiting(key string) {
	for _, rec := range s.handsets.claim(key) {
		s.step(rec, s.pause(rec, s.o.DeliveredAfter), func() { s.deliver(rec) })
	}
}

// switchOnAfter ends a time without power, unless the phone is set meanwhile.
func (s *state) switchOnAfter(off time.Duration, key string, phone client.Handset) {
	phones, nth := s.handsets, s.handsets.sets[key]
	phone.State = client.OnWhatsApp
	s.after(off, func() {
		if s.handsets == phones && phones.sets[key] == nth {
			_ = s.setHandset(key, phone) // a known phone always has room
		}
	})
}
