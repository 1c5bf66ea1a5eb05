package control

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// Handshake asks a callback whether it expects webhooks.
type Handshake func(ctx context.Context, callback, verifyToken string) error

// API is how tests and the page steer the mock. openapi.yaml describes it; a test
// keeps the two in agreement.
type API struct {
	world     *world.World
	handshake Handshake
}

// New is the control API of a world.
func New(w *world.World, h Handshake) *API { return &API{world: w, handshake: h} }

//go:embed openapi.yaml
var description []byte

// refusal is a refusal by the control API.
type refusal struct {
	status int
	msg    string
	extra  map[string]any // more fields of the answer
}

func (e *refusal) Error() string { return e.msg }

func badRequest(format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, msg: fmt.Sprintf(format, args...)}
}

// asBadRequest makes a refusal of what the world did not take.
func asBadRequest(err error) error {
	if err == nil {
		return nil
	}
	return badRequest("%v", err)
}

// routes are the whole control API, but for the stream of events.
func (a *API) routes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET /control/health":        a.health,
		"GET /control/messages":      a.messages,
		"GET /control/journal":       a.journal,
		"GET /control/wait/messages": a.waitMessages,
		"GET /control/wait/status":   a.waitStatus,
		"GET /control/handsets":      a.handsets,
		"PUT /control/handsets":      a.setHandset,
		"GET /control/codes":         a.codes,
		"GET /control/faults":        a.faults,
		"POST /control/faults":       a.fault,
		"GET /control/chaos":         a.chaos,
		"PUT /control/chaos":         a.setChaos,
		"GET /control/clock":         a.clock,
		"POST /control/clock":        a.advance,
		"POST /control/token":        a.token,
		"GET /control/templates":     a.templates,
		"POST /control/webhooks":     a.raise,
		"GET /control/subscription":  a.subscription,
		"PUT /control/subscription":  a.subscribe,
		"POST /control/reset":        a.reset,
	}
}

// Register adds the routes.
func (a *API) Register(mux *http.ServeMux) {
	for pattern, serve := range a.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer, err := serve(r)
			write(w, answer, err)
		})
	}
	mux.HandleFunc("GET /control/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(description) // a client that has gone needs no answer
	})
}

func write(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		var why *refusal
		if !errors.As(err, &why) {
			why = &refusal{status: http.StatusInternalServerError, msg: err.Error()}
		}
		body := map[string]any{"error": why.msg}
		for k, v := range why.extra {
			body[k] = v
		}
		status, answer = why.status, body
	} else if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone needs no answer
}

// read takes a body whose every field is known.
func read[T any](r *http.Request) (T, error) {
	var v T
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, badRequest("the body is not what this call takes: %v", err)
	}
	return v, nil
}
