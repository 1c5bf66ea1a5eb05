package mockmeta

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// handsets are the simulated phones, by digits of the number.
type handsets struct {
	known map[string]client.Handset
	// waiting are the messages that a phone gets when it is back.
	waiting map[string][]*record
}

func newHandsets() *handsets {
	return &handsets{known: map[string]client.Handset{}, waiting: map[string][]*record{}}
}

// get returns the phone with that number; one nobody has spoken of is on
// WhatsApp.
func (h *handsets) get(number string) client.Handset {
	if phone, ok := h.known[number]; ok {
		return phone
	}
	return client.Handset{Number: "+" + number, State: client.OnWhatsApp}
}

func (h *handsets) set(number string, phone client.Handset) {
	phone.Number = "+" + number
	h.known[number] = phone
}

func (h *handsets) wait(rec *record) {
	h.waiting[rec.number] = append(h.waiting[rec.number], rec)
}

// claim takes what waits for the phone.
func (h *handsets) claim(number string) []*record {
	list := h.waiting[number]
	delete(h.waiting, number)
	return list
}

// setHandset changes a phone. What waited for it is delivered when it is back.
func (s *Server) setHandset(number string, phone client.Handset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handsets.set(number, phone)
	if phone.State == client.OnWhatsApp {
		for _, rec := range s.handsets.claim(number) {
			s.step(rec, s.opts.DeliveredAfter, func() { s.deliver(rec) })
		}
	}
	s.feed.publish(number, "")
}
