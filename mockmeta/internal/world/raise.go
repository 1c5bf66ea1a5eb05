package world

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Raise sends a webhook that nothing in the mock causes by itself: about what a
// person does, or about the account.
func (w *World) Raise(e client.Event) error {
	e, err := meta.CheckEvent(e)
	if err != nil {
		return err
	}
	w.do(func(s *state) { err = s.raise(e) })
	return err
}

func (s *state) raise(e client.Event) error {
	switch e.Kind {
	case client.TemplateStatus, client.TemplateQuality, client.TemplateCategory:
		t := s.templates.find(e.Template, e.Language)
		if t == nil {
			return fmt.Errorf("there is no template %q in %q", e.Template, e.Language)
		}
		s.happenTo(t, e.Kind, e.Value, e.Reason)
	case client.AccountAlert, client.AccountUpdate, client.PhoneQuality, client.ValueErrors:
		s.announce(Change{Event: AccountEvent{e}, At: s.clock.Now()})
	case client.RawEvent:
		if e.Field == "" || !json.Valid(e.Payload) {
			return fmt.Errorf("a raw event needs field and payload")
		}
		s.announce(Change{Event: AccountEvent{e}, At: s.clock.Now()})
	case client.DidNotRequestCode:
		return s.disown(e.MessageID)
	case client.InboundText, client.UserChangedNumber, client.IdentityChanged:
		key := meta.PhoneKey(meta.Digits(e.Number))
		phone := s.handsets.get(key)
		s.act(PersonEvent{Kind: e.Kind, Value: e.Value, From: PhoneNumberID, Author: Person{Key: key, WaID: phone.WaID, Handset: phone}})
	default:
		return fmt.Errorf("kind: no such event: %q", e.Kind)
	}
	return nil
}

// disown lets the person who got a code say that it was not them.
func (s *state) disown(messageID string) error {
	rec := s.journal.find(messageID)
	if rec == nil || rec.Channel != client.WhatsApp {
		return fmt.Errorf("there is no WhatsApp message with that message_id")
	}
	rec.reported = true
	s.act(PersonEvent{
		Kind: client.DidNotRequestCode, From: rec.From, ReplyTo: rec.ID, Button: cmp.Or(rec.screen.NotMe, "I didn't request a code"),
		Author: Person{Key: rec.key, WaID: rec.waID, Handset: s.handsets.get(rec.key)},
	})
	s.changed(rec)
	return nil
}

// act announces what a person has done.
func (s *state) act(e PersonEvent) {
	key := e.Author.Key
	dice := chance{s.chaos.Seed}.about("inbound", key, s.sends.next("inbound "+key))
	e.Serial = serial(dice)
	s.announce(Change{Event: e, At: s.clock.Now()})
}
