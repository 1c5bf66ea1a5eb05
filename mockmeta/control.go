package mockmeta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// maxWait bounds one waiting request; clients repeat it.
const maxWait = time.Minute

// controlError is a refusal by the control API.
type controlError struct {
	status int
	msg    string
	extra  any // more fields of the answer
}

func (e *controlError) Error() string { return e.msg }

func badRequest(format string, args ...any) error {
	return &controlError{status: http.StatusBadRequest, msg: fmt.Sprintf(format, args...)}
}

// controlRoutes is the whole control API.
func (s *Server) controlRoutes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET /control/health":        s.controlHealth,
		"GET /control/messages":      s.controlMessages,
		"GET /control/journal":       s.controlJournal,
		"GET /control/wait/messages": s.controlWaitMessages,
		"GET /control/wait/status":   s.controlWaitStatus,
		"GET /control/handsets":      s.controlHandsets,
		"PUT /control/handsets":      s.controlSetHandset,
		"POST /control/faults":       s.controlFault,
		"PUT /control/subscription":  s.controlSubscribe,
		"POST /control/reset":        s.controlReset,
	}
}

func (s *Server) controlHandler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range s.controlRoutes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer, err := serve(r)
			writeControl(w, answer, err)
		})
	}
	mux.HandleFunc("GET /control/events", s.events)
	mux.HandleFunc("GET /{$}", s.page)
	mux.Handle("GET /assets/", assets())
	return sameSite(mux)
}

// sameSite refuses what another site's page sends with a browser: the control
// API has no credentials.
func sameSite(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

func writeControl(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		var refusal *controlError
		if !errors.As(err, &refusal) {
			refusal = &controlError{status: http.StatusInternalServerError, msg: err.Error()}
		}
		status, answer = refusal.status, map[string]any{"error": refusal.msg}
		if refusal.extra != nil {
			answer = refusal.extra
		}
	} else if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone needs no answer
}

// readJSON takes a body whose every field is known.
func readJSON(r *http.Request, into any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badRequest("the body is not what this call takes: %v", err)
	}
	return nil
}

func (s *Server) controlHealth(*http.Request) (any, error) {
	return map[string]string{"status": "ok", "now": s.clock.Now().UTC().Format(time.RFC3339Nano)}, nil
}

func filterOf(r *http.Request) client.Filter {
	q := r.URL.Query()
	return client.Filter{To: q.Get("to"), Channel: q.Get("channel")}
}

func (s *Server) controlMessages(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"messages": s.journal.list(filterOf(r))}, nil
}

func (s *Server) controlJournal(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"calls": append([]apiCall{}, s.journal.calls...)}, nil
}

func waitContext(r *http.Request) (context.Context, context.CancelFunc, error) {
	span := 10 * time.Second
	if raw := r.URL.Query().Get("timeout"); raw != "" {
		d, err := time.ParseDuration(raw)
		if err != nil || d < 0 {
			return nil, nil, badRequest("timeout: not a duration such as 10s: %q", raw)
		}
		span = min(d, maxWait)
	}
	ctx, cancel := context.WithTimeout(r.Context(), span)
	return ctx, cancel, nil
}

// controlWaitMessages answers when at least count messages match, or with 408
// and those that do.
func (s *Server) controlWaitMessages(r *http.Request) (any, error) {
	count := 1
	if raw := r.URL.Query().Get("count"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return nil, badRequest("count: not a positive number: %q", raw)
		}
		count = n
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var found []client.Message
	met := s.waitUntil(ctx, func() bool {
		found = s.journal.list(filterOf(r))
		return len(found) >= count
	})
	answer := map[string]any{"messages": found}
	if !met {
		answer["error"] = fmt.Sprintf("there are %d messages, not %d", len(found), count)
		return nil, &controlError{status: http.StatusRequestTimeout, msg: "timed out", extra: answer}
	}
	return answer, nil
}

// controlWaitStatus answers when the webhook of a status was answered with 200,
// or with 408 and the message as it is.
func (s *Server) controlWaitStatus(r *http.Request) (any, error) {
	id, name := r.URL.Query().Get("id"), r.URL.Query().Get("status")
	if id == "" || name == "" {
		return nil, badRequest("id and status are needed")
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var found *client.Message
	met := s.waitUntil(ctx, func() bool {
		rec := s.journal.find(id)
		if rec == nil {
			return false
		}
		m := rec.copy()
		found = &m
		st, ok := m.Status(name)
		return ok && st.Webhook == http.StatusOK
	})
	answer := map[string]any{"message": found}
	if !met {
		answer["error"] = "the webhook of " + name + " was not answered with 200 yet"
		return nil, &controlError{status: http.StatusRequestTimeout, msg: "timed out", extra: answer}
	}
	return answer, nil
}

func (s *Server) controlHandsets(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []client.Handset{}
	for _, h := range s.handsets.known {
		list = append(list, h)
	}
	return map[string]any{"handsets": list}, nil
}

func (s *Server) controlSetHandset(r *http.Request) (any, error) {
	var h client.Handset
	if err := readJSON(r, &h); err != nil {
		return nil, err
	}
	number := digits(h.Number)
	switch {
	case number == "":
		return nil, badRequest("number: not a phone number: %q", h.Number)
	case h.State == "":
		h.State = client.OnWhatsApp
	case h.State != client.OnWhatsApp && h.State != client.NotOnWhatsApp && h.State != client.SwitchedOff:
		return nil, badRequest("state: %q is none of %s, %s, %s", h.State, client.OnWhatsApp, client.NotOnWhatsApp, client.SwitchedOff)
	}
	s.setHandset(number, h)
	return nil, nil
}

func (s *Server) controlFault(r *http.Request) (any, error) {
	var f struct {
		Kind   string `json:"kind"`
		Number string `json:"number"`
		Code   int    `json:"code"`
	}
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	if f.Kind != "send_error" {
		return nil, badRequest("kind: %q is not send_error", f.Kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.addSendError(digits(f.Number), f.Code)
	return nil, nil
}

func (s *Server) controlSubscribe(r *http.Request) (any, error) {
	var sub struct {
		CallbackURL string `json:"callback_url"`
		VerifyToken string `json:"verify_token"`
	}
	if err := readJSON(r, &sub); err != nil {
		return nil, err
	}
	if err := s.subscribe(r.Context(), sub.CallbackURL, sub.VerifyToken); err != nil {
		return nil, &controlError{status: http.StatusUnprocessableEntity, msg: err.Error()}
	}
	return nil, nil
}

func (s *Server) controlReset(*http.Request) (any, error) {
	s.reset()
	return nil, nil
}
