package world

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// maxHandsets bounds the phones that were set up.
const maxHandsets = 100_000

// Handsets are the simulated phones.
type Handsets struct{ do access }

// All lists the phones that were set up or written to.
func (p Handsets) All() []client.Handset {
	list := []client.Handset{}
	p.do(func(s *state) {
		keys := map[string]bool{}
		for key := range s.handsets.known {
			keys[key] = true
		}
		for _, rec := range s.journal.messages {
			keys[rec.key] = true
		}
		for key := range keys {
			list = append(list, s.handsets.get(key))
		}
	})
	slices.SortFunc(list, func(a, b client.Handset) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// Get returns the phone with that key.
func (p Handsets) Get(key string) (phone client.Handset) {
	p.do(func(s *state) { phone = s.handsets.get(key) })
	return phone
}

// Set changes a phone. What waited for it is delivered when it is back.
func (p Handsets) Set(h client.Handset) error {
	key, phone, err := checkHandset(h)
	if err != nil {
		return err
	}
	p.do(func(s *state) { err = s.setHandset(key, phone) })
	return err
}

// handsets are the simulated phones, by meta.PhoneKey.
type handsets struct {
	known map[string]client.Handset
	// waiting are the messages that a phone gets when it is back.
	waiting map[string][]*record
	// sets counts how often a phone was set, so that an old timer does not
	// switch on a phone that was switched off anew.
	sets map[string]int
}

func newHandsets() *handsets {
	return &handsets{known: map[string]client.Handset{}, waiting: map[string][]*record{}, sets: map[string]int{}}
}

// get returns the phone; one that was never set is on WhatsApp.
func (h *handsets) get(key string) client.Handset {
	phone, ok := h.known[key]
	if !ok {
		phone = client.Handset{Number: "+" + key, State: client.OnWhatsApp}
	}
	if phone.WaID == "" {
		phone.WaID = meta.WaID(key)
	}
	if phone.IdentityHash == "" {
		sum := sha256.Sum256([]byte("identity of " + key))
		phone.IdentityHash = base64.StdEncoding.EncodeToString(sum[:8])
	}
	return phone
}

// checkHandset fills in what was left out.
func checkHandset(h client.Handset) (key string, _ client.Handset, err error) {
	key = meta.PhoneKey(meta.Digits(h.Number))
	if h.OffFor != 0 {
		h.State = client.SwitchedOff
	}
	switch {
	case !meta.IsNumber(h.Number):
		return "", h, fmt.Errorf("number: not a phone number: %q", h.Number)
	case h.OffFor < 0:
		return "", h, fmt.Errorf("off_for: must not be negative")
	case h.WaID != meta.Digits(h.WaID):
		return "", h, fmt.Errorf("wa_id: must be digits only")
	case h.State == "":
		h.State = client.OnWhatsApp
	case h.State != client.OnWhatsApp && h.State != client.NotOnWhatsApp && h.State != client.SwitchedOff:
		return "", h, fmt.Errorf("state: %q is not one of %s, %s, %s", h.State, client.OnWhatsApp, client.NotOnWhatsApp, client.SwitchedOff)
	}
	if err := meta.CheckPerson(h); err != nil {
		return "", h, err
	}
	h.Number = "+" + key
	return key, h, nil
}

func (s *state) setHandset(key string, phone client.Handset) error {
	if _, known := s.handsets.known[key]; !known && len(s.handsets.known) >= maxHandsets {
		return fmt.Errorf("there are %d phones already; reset the mock", maxHandsets)
	}
	off := phone.OffFor
	phone.OffFor = 0
	s.handsets.known[key] = phone
	s.handsets.sets[key]++
	if reachable(phone) {
		s.deliverWaiting(key)
	}
	if off > 0 {
		s.switchOnAfter(time.Duration(off), key, phone)
	}
	s.feed.publish(key, "")
	return nil
}
