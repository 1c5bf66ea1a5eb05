package mockmeta

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// controlAPI is how tests and the page steer the mock. openapi.yaml describes
// it; a test keeps the two in agreement.
type controlAPI struct{ *world }

func newControlAPI(w *world) *controlAPI { return &controlAPI{world: w} }

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
func (ctl *controlAPI) controlRoutes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET /control/health":        ctl.controlHealth,
		"GET /control/messages":      ctl.controlMessages,
		"GET /control/journal":       ctl.controlJournal,
		"GET /control/wait/messages": ctl.controlWaitMessages,
		"GET /control/wait/status":   ctl.controlWaitStatus,
		"GET /control/handsets":      ctl.controlHandsets,
		"PUT /control/handsets":      ctl.controlSetHandset,
		"GET /control/faults":        ctl.controlFaults,
		"POST /control/faults":       ctl.controlFault,
		"GET /control/chaos":         ctl.controlChaos,
		"PUT /control/chaos":         ctl.controlSetChaos,
		"GET /control/clock":         ctl.controlClock,
		"POST /control/clock":        ctl.controlAdvance,
		"POST /control/token":        ctl.controlToken,
		"GET /control/templates":     ctl.controlTemplates,
		"POST /control/webhooks":     ctl.controlRaise,
		"GET /control/subscription":  ctl.controlSubscription,
		"PUT /control/subscription":  ctl.controlSubscribe,
		"POST /control/reset":        ctl.controlReset,
	}
}

func (ctl *controlAPI) serve(mux *http.ServeMux) {
	for pattern, serve := range ctl.controlRoutes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer, err := serve(r)
			writeControl(w, answer, err)
		})
	}
	mux.HandleFunc("GET /control/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(controlDescription) // a client that has gone needs no answer
	})
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
