package mockmeta

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// record is a message with what only the mock needs.
type record struct {
	client.Message
	number  string // digits
	footer  string
	button  string
	expires time.Time
	dropped bool // outlived its time to live
}

// journal remembers the newest messages and calls. All methods but wait need
// the server's lock.
type journal struct {
	max      int
	messages []*record
	byID     map[string]*record
	calls    []apiCall
	// changed is closed and replaced at every change.
	changed chan struct{}
}

// apiCall is a request to the Graph or SMS API with its answer.
type apiCall struct {
	At      time.Time       `json:"at"`
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request,omitempty"`
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer,omitempty"`
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

func (j *journal) addCall(c apiCall) {
	j.calls = append(j.calls, c)
	if len(j.calls) > j.max+j.max/2 {
		j.calls = slices.Clone(j.calls[len(j.calls)-j.max:])
	}
}

// find returns the message, or nil.
func (j *journal) find(id string) *record { return j.byID[id] }

// list returns copies of the messages that match, oldest first.
func (j *journal) list(f client.Filter) []client.Message {
	out := []client.Message{}
	to := digits(f.To)
	for _, rec := range j.messages {
		if (to == "" || rec.number == to) && (f.Channel == "" || rec.Channel == f.Channel) {
			out = append(out, rec.copy())
		}
	}
	return out
}

func (rec *record) copy() client.Message {
	m := rec.Message
	m.Statuses = append([]client.Status{}, rec.Statuses...)
	return m
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

// record writes a call to the API down.
func (s *Server) record(r *http.Request, body []byte, status int, answer []byte) {
	if !json.Valid(body) {
		body, _ = json.Marshal(string(body)) // a string always marshals
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.addCall(apiCall{At: s.clock.Now(), Method: r.Method, Path: r.URL.Path, Request: body, Status: status, Answer: answer})
}

// waitUntil blocks until done says so or ctx ends. It calls done with the
// server's lock held.
func (s *Server) waitUntil(ctx context.Context, done func() bool) bool {
	for {
		s.mu.Lock()
		met, changed := done(), s.journal.changed
		s.mu.Unlock()
		if met {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
