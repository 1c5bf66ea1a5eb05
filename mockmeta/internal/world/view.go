package world

import (
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Message is a message and what its phone shows.
type Message struct {
	client.Message
	Phone  string // the key of its phone
	Screen meta.Screen
	// Reported: the person said that it was not them.
	Reported bool
	// Expired: the message outlived its time to live and was dropped.
	Expired bool
}

// View is the newest of everything at one moment.
type View struct {
	Messages []Message // oldest first
	Handsets map[string]client.Handset
	Notable  []Call // refused or taken with a warning, newest first
}

// View returns at most limit messages and calls, and all handsets that were set up
// or have one of the messages.
func (w *World) View(limit int) View {
	v := View{Handsets: map[string]client.Handset{}}
	w.do(func(s *state) {
		for _, rec := range s.journal.messages[max(0, len(s.journal.messages)-limit):] {
			v.Messages = append(v.Messages, rec.view())
			v.Handsets[rec.key] = s.handsets.get(rec.key)
		}
		for key := range s.handsets.known {
			v.Handsets[key] = s.handsets.get(key)
		}
		v.Notable = notable(s.journal.calls, limit)
	})
	return v
}

// Message returns the message with that id, if it is remembered.
func (j Journal) Message(id string) (m Message, ok bool) {
	j.do(func(s *state) {
		if rec := s.journal.find(id); rec != nil {
			m, ok = rec.view(), true
		}
	})
	return m, ok
}

func (rec *record) view() Message {
	return Message{Message: rec.copy(), Phone: rec.key, Screen: rec.screen, Reported: rec.reported, Expired: rec.dropped}
}
