package world

import (
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Journal is what was taken and answered.
type Journal struct{ do access }

// Messages returns what was taken so far, oldest first.
func (j Journal) Messages(f client.Filter) (list []client.Message) {
	j.do(func(s *state) { list = s.journal.list(f) })
	return list
}

// Calls returns the requests that were answered so far, oldest first.
func (j Journal) Calls() []client.Call {
	list := []client.Call{}
	j.do(func(s *state) {
		for _, c := range s.journal.calls {
			list = append(list, c.Call)
		}
	})
	return list
}

// journal remembers the newest messages and calls.
type journal struct {
	max      int
	messages []*record
	byID     map[string]*record
	calls    []Call
	// changed is closed and replaced at every change.
	changed chan struct{}
}

func newJournal(limit int) *journal {
	return &journal{max: limit, byID: map[string]*record{}, changed: make(chan struct{})}
}

func (j *journal) add(rec *record) {
	j.messages = append(j.messages, rec)
	j.byID[rec.ID] = rec
	// Cut in halves, so that forgetting costs little per message.
	if len(j.messages) > j.max+j.max/2 {
		for _, old := range j.messages[:len(j.messages)-j.max] {
			delete(j.byID, old.ID)
		}
		j.messages = slices.Clone(j.messages[len(j.messages)-j.max:])
	}
	j.notify()
}

func (j *journal) addCall(c Call) {
	j.calls = append(j.calls, c)
	if len(j.calls) > j.max+j.max/2 {
		j.calls = slices.Clone(j.calls[len(j.calls)-j.max:])
	}
}

// find returns the message, or nil.
func (j *journal) find(id string) *record { return j.byID[id] }

// List returns copies of the messages that match, oldest first.
func (j *journal) list(f client.Filter) []client.Message {
	out := []client.Message{}
	to := meta.PhoneKey(meta.Digits(f.To))
	for _, rec := range j.messages {
		if (to == "" || rec.key == to) && (f.Channel == "" || rec.Channel == f.Channel) {
			out = append(out, rec.copy())
		}
	}
	return out
}

// notify wakes everyone who waits for a change.
func (j *journal) notify() {
	close(j.changed)
	j.changed = make(chan struct{})
}

func (j *journal) clear() {
	j.messages, j.calls, j.byID = nil, nil, map[string]*record{}
	j.notify()
}
