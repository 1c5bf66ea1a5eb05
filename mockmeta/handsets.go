package mockmeta

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Bounds: phones that were set up, and messages that wait for one of them.
const (
	maxHandsets = 100_000
	maxWaiting  = 100
)

// handsets are the simulated phones, by phoneKey.
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

// get returns the phone; one nobody has spoken of is on WhatsApp.
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

// setHandset changes a phone. What waited for it is delivered when it is back.
func (w *world) setHandset(key string, phone client.Handset) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.handsets.known[key]; !known && len(w.handsets.known) >= maxHandsets {
		return fmt.Errorf("there are %d phones already; reset the mock", maxHandsets)
	}
	off := time.Duration(phone.OffFor)
	phone.OffFor = 0
	w.handsets.known[key] = phone
	w.handsets.sets[key]++
	if reachable(phone) {
		for _, rec := range w.handsets.claim(key) {
			w.step(rec, w.pause(rec, w.opts.DeliveredAfter), func() { w.deliver(rec) })
		}
	}
	if off > 0 {
		phones, nth := w.handsets, w.handsets.sets[key]
		phone.State = client.OnWhatsApp
		w.clock.After(off, func() { w.switchOn(phones, key, phone, nth) })
	}
	w.feed.publish(key, "")
	return nil
}

// switchOn ends a time without power, unless the phone was set meanwhile.
func (w *world) switchOn(phones *handsets, key string, phone client.Handset, nth int) {
	w.mu.Lock()
	current := w.handsets == phones && phones.sets[key] == nth
	w.mu.Unlock()
	if current {
		_ = w.setHandset(key, phone) // a known phone always has room
	}
}
