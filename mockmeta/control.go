package mockmeta

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// The control API is how tests and the page steer the mock. openapi.yaml
// describes it; a test keeps the two in agreement.

//go:embed openapi.yaml
var controlDescription []byte

// controlError is a refusal by the control API.
type controlError struct {
	status int
	msg    string
	extra  map[string]any // more fields of the answer
}

func (e *controlError) Error() string { return e.msg }

func badRequest(format string, args ...any) error {
	return &controlError{status: http.StatusBadRequest, msg: fmt.Sprintf(format, args...)}
}

// controlRoutes is the whole control API, but for the stream of events.
func (s *Server) controlRoutes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET /control/health":        s.controlHealth,
		"GET /control/messages":      s.controlMessages,
		"GET /control/journal":       s.controlJournal,
		"GET /control/wait/messages": s.controlWaitMessages,
		"GET /control/wait/status":   s.controlWaitStatus,
		"GET /control/handsets":      s.controlHandsets,
		"PUT /control/handsets":      s.controlSetHandset,
		"GET /control/faults":        s.controlFaults,
		"POST /control/faults":       s.controlFault,
		"GET /control/chaos":         s.controlChaos,
		"PUT /control/chaos":         s.controlSetChaos,
		"GET /control/clock":         s.controlClock,
		"POST /control/clock":        s.controlAdvance,
		"POST /control/token":        s.controlToken,
		"GET /control/templates":     s.controlTemplates,
		"POST /control/webhooks":     s.controlRaise,
		"GET /control/subscription":  s.controlSubscription,
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
	mux.HandleFunc("GET /control/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(controlDescription) // a client that has gone needs no answer
	})
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /journal", s.journalPage)
	mux.Handle("GET /assets/", assets())
	// The control API has no credentials, so other sites' pages must not use it.
	return http.NewCrossOriginProtection().Handler(mux)
}

func writeControl(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		var refusal *controlError
		if !errors.As(err, &refusal) {
			refusal = &controlError{status: http.StatusInternalServerError, msg: err.Error()}
		}
		body := map[string]any{"error": refusal.msg}
		for k, v := range refusal.extra {
			body[k] = v
		}
		status, answer = refusal.status, body
	} else if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone needs no answer
}

// readControl takes a body whose every field is known.
func readControl[T any](r *http.Request) (T, error) {
	var v T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, badRequest("the body is not what this call takes: %v", err)
	}
	return v, nil
}
