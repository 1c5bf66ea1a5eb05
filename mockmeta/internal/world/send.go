package world

import (
	"encoding/json"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Acceptance is what the answer to a send needs.
type Acceptance struct {
	// ID is that of the message; empty when a fault keeps it from being taken.
	ID, WaID string
	// Faults are what happens to the answer.
	Faults FaultSet
}

// Send takes a WhatsApp message and starts its life, or refuses it. The request
// is what came in, as JSON. Of a message that is taken, call writes the answer;
// it must not ask the world for anything.
func (w *World) Send(m meta.Outgoing, request json.RawMessage, call func(Acceptance) client.Call) (a Acceptance, err *meta.Error) {
	w.do(func(s *state) {
		if a, err = s.send(m, request); a.ID != "" {
			s.record(newCall(call(a), Refusal{}), a.ID)
		}
	})
	return a, err
}

func (s *state) send(m meta.Outgoing, request json.RawMessage) (Acceptance, *meta.Error) {
	key := meta.PhoneKey(m.Number)
	n := s.sends.next(key)
	faults := s.sendFaults(m, key, n)
	a := Acceptance{Faults: faults.of(onAnswer)}
	if f, planted := a.Faults.Find(client.SendError, ""); planted {
		return Acceptance{}, meta.ErrorByCode(f.Code)
	}
	if a.Faults.Has(client.Reset) || a.Faults.Has(client.HTTPError) {
		return a, nil
	}
	t, err := s.sendable(m)
	if err != nil {
		return Acceptance{}, err
	}
	if err := s.limits.admit(m.From, key, s.clock.Now()); err != nil {
		return Acceptance{}, err
	}
	faults = append(faults, s.faults.take(onLife, m.From, key, "")...)
	if t == nil {
		// No one has written to us, so that free text is outside the 24 hours.
		faults = append(faults, client.Fault{Kind: client.Failed, Code: 131047})
	}
	rec := s.accept(m, t, n, faults, request)
	a.ID, a.WaID = rec.ID, rec.waID
	return a, nil
}

// sendFaults are what happens to the n-th send to a phone, by its number, by chance
// and because it was planted.
func (s *state) sendFaults(m meta.Outgoing, key string, n uint64) FaultSet {
	chaos := roll(chance{s.chaos.Seed}.about("send", key, n), m.From, key, s.chaos.Faults)
	faults := append(magic(m.Number), chaos.of(onAnswer)...)
	return append(append(faults, chaos.of(onLife)...), s.faults.take(onAnswer, m.From, key, "")...)
}

// sendable checks the message against the account. It returns the template, or
// nil for free text.
func (s *state) sendable(m meta.Outgoing) (*template, *meta.Error) {
	from, _ := SendingNumberByID(m.From)
	switch {
	case !s.account.numbers[from.ID].registered:
		return nil, meta.ErrorByCode(133010)
	case m.Number == meta.Digits(from.Display):
		return nil, meta.ErrorByCode(131021)
	case m.Template == "":
		return nil, nil
	}
	t := s.templates.find(m.Template, m.Language)
	switch {
	case t == nil || !t.Sendable():
		return nil, meta.ErrorByCode(132001).With("template name (%s) does not exist in %s", m.Template, m.Language)
	case t.Status == meta.TemplatePaused:
		return nil, meta.ErrorByCode(132015)
	case t.Status == meta.TemplateDisabled:
		return nil, meta.ErrorByCode(132016)
	}
	return t, nil
}

// accept writes the message down and starts its life.
func (s *state) accept(m meta.Outgoing, t *template, n uint64, faults FaultSet, request json.RawMessage) *record {
	now, key := s.clock.Now(), meta.PhoneKey(m.Number)
	dice := chance{s.chaos.Seed}.about("life", key, n)
	phone := s.handsets.get(key)
	rec := &record{
		Message: client.Message{
			Channel:      client.WhatsApp,
			From:         m.From,
			To:           "+" + m.Number,
			Code:         m.Code,
			Text:         m.Text,
			Template:     m.Template,
			Language:     m.Language,
			CallbackData: m.CallbackData,
			At:           now,
			Request:      request,
		},
		key:      key,
		waID:     phone.WaID,
		identity: m.IdentityHash,
		dice:     dice,
		faults:   faults,
		expires:  now.Add(meta.FreeTextTTL),
	}
	rec.ID = meta.WAMID(rec.waID, meta.Outbound, serial(dice))
	if t != nil {
		rec.Text = t.Body(m.Code)
		rec.screen = t.Screen()
		rec.expires = now.Add(t.Lifetime())
	}
	s.journal.add(rec)
	s.begin(rec)
	s.feed.publish(rec.key, rec.ID)
	return rec
}
