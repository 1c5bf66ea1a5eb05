package world

import (
	"cmp"
	"encoding/json"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// A request that was refused is the first thing a developer looks for: it is
// one line on the terminal, and comes first in the journal.

// Call is a request with the reason of a refusal or of a warning.
type Call struct {
	client.Call
	Refusal
}

// Refusal is why a request was refused.
type Refusal struct {
	Code   int // of Meta or Twilio; 0 when the answer has none
	Reason string
}

// firstError is the lowest HTTP status that means a refusal.
const firstError = 400

// refused says whether the call was refused.
func (c Call) refused() bool { return c.Status >= firstError }

// Record writes down a call to the API that made no message. One that does is
// written down with its message in one step: whoever sees the message can see
// what was asked and answered.
func (j Journal) Record(made client.Call, why Refusal) {
	c := newCall(made, why)
	j.do(func(s *state) { s.record(c, "") })
}

func newCall(made client.Call, why Refusal) Call {
	c := Call{made, why}
	if len(c.Request) > 0 && !json.Valid(c.Request) {
		c.Request, _ = json.Marshal(string(c.Request)) // a string always marshals
	}
	if c.refused() {
		c.Reason = cmp.Or(c.Reason, "as it was asked to misbehave")
	} else {
		c.Reason = c.Warning
	}
	return c
}

func (s *state) record(c Call, messageID string) {
	if rec := s.journal.find(messageID); rec != nil {
		rec.Answer = c.Answer
	}
	c.At = s.clock.Now()
	s.journal.addCall(c)
	if c.Warning != "" {
		s.warnOnce(c.Warning)
	}
	if c.refused() {
		s.o.Log.Warn("a request was refused", "request", c.Method+" "+c.Path, "status", c.Status, "code", c.Code, "reason", c.Reason)
	}
	if c.refused() || c.Warning != "" {
		s.feed.publishRefusal()
	}
}

// notable are the calls that were refused or taken with a warning, the newest
// first and at most limit.
func notable(calls []Call, limit int) []Call {
	out := []Call{}
	for i := len(calls) - 1; i >= 0 && len(out) < limit; i-- {
		if c := calls[i]; c.refused() || c.Warning != "" {
			out = append(out, c)
		}
	}
	return out
}
