package mockmeta

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// A request that was refused is the first thing a developer looks for: it is
// one line on the terminal, and comes first in the journal.

// refusal is what an answer says about its cause.
type refusal struct {
	Code   int // of Meta or Twilio; 0 when the answer has none
	Reason string
}

// readRefusal reads the answers of the Graph API, of Twilio's and of the sink.
// The details are put first: Meta's titles say little.
func readRefusal(answer []byte) refusal {
	var twilio struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	var graph struct {
		Error struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
			Data    struct {
				Details string `json:"details"`
			} `json:"error_data"`
		} `json:"error"`
	}
	var sink struct {
		Error string `json:"error"`
	}
	switch {
	case json.Unmarshal(answer, &sink) == nil && sink.Error != "":
		return refusal{Reason: sink.Error}
	case json.Unmarshal(answer, &graph) == nil && graph.Error.Code != 0:
		e := graph.Error
		if e.Data.Details != "" && e.Data.Details != e.Message {
			e.Message = strings.TrimSuffix(e.Message, ".") + ": " + e.Data.Details
		}
		return refusal{Code: e.Code, Reason: e.Message}
	case json.Unmarshal(answer, &twilio) == nil && twilio.Code != 0:
		return refusal{Code: twilio.Code, Reason: twilio.Message}
	}
	return refusal{Reason: "as it was asked to misbehave"}
}

// tellRefusal prints a line about a call that was refused.
func (w *world) tellRefusal(c client.Call) {
	why := readRefusal(c.Answer)
	w.opts.Log.Warn("a request was refused", "request", c.Method+" "+c.Path, "status", c.Status, "code", why.Code, "reason", why.Reason)
}

// callView is a call as the journal shows it.
type callView struct {
	client.Call
	refusal
}

// notableCalls are those that were refused or taken with a warning, the newest
// first and at most limit.
func notableCalls(calls []client.Call, limit int) []callView {
	out := []callView{}
	for i := len(calls) - 1; i >= 0 && len(out) < limit; i-- {
		switch c := calls[i]; {
		case c.Status >= http.StatusBadRequest:
			out = append(out, callView{c, readRefusal(c.Answer)})
		case c.Warning != "":
			out = append(out, callView{c, refusal{Reason: c.Warning}})
		}
	}
	return out
}
