// Package webhook receives what Meta tells about WhatsApp messages.
//
// It answers the handshake, checks the signature over the raw bytes, turns the
// body into events and hands them to a sink; Meta gets its 200 only after the
// sink has taken them. It knows nothing of deliveries: duplicates, disorder and
// unknown ids are the sink's business, and Meta sends all three.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/ory/herodot"
)

// DefaultMaxBody is the largest body that Meta sends: 3 MB (Meta, "Webhooks
// overview", 2 December 2025), read generously.
const DefaultMaxBody = 3 << 20

// Config is what Meta and we have agreed on. It prints without its secrets.
type Config struct {
	// AppSecrets sign the webhooks. During a rotation both are here. Without
	// any, every webhook is refused.
	AppSecrets []string `json:"-"`
	// VerifyToken is the word that Meta says in the handshake. Without it, every
	// handshake is refused.
	VerifyToken string `json:"-"`
	// PhoneNumberIDs are Meta's ids of our sending numbers; without any, every
	// number is ours. What is about other numbers becomes KindForeign.
	PhoneNumberIDs []string
	// AccountID is Meta's id of our WhatsApp Business Account; "" means that every
	// account is ours. What is about no number but another account becomes
	// KindForeign: its template may have the name of ours.
	AccountID string
	// MaxBody is the largest body in bytes; 0 means DefaultMaxBody.
	MaxBody int64
}

// Format prints the config without its secrets, whatever the verb.
func (c Config) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "webhook.Config{AppSecrets: %d, VerifyToken: %t, PhoneNumberIDs: %q, AccountID: %q, MaxBody: %d}",
		len(c.AppSecrets), c.VerifyToken != "", c.PhoneNumberIDs, c.AccountID, c.MaxBody)
}

// Sink takes all events of one body, in the body's order. It returns nil once
// they are safe. After an error Meta sends the same body again, for up to seven
// days, so taking an event twice must do no harm.
type Sink func(ctx context.Context, events []Event) error

// New returns the handler of the callback URL.
//
//	GET   the handshake: 200 with the bare challenge, else 403 without it
//	POST  200 once the sink has taken the events
//	      400 the body is signed but no JSON object
//	      401 no signature, or none of ours
//	      413 the body has more than MaxBody bytes
//	      503 the sink failed
//
// It is 401 rather than 403 because the signature is the sender's credential;
// Meta itself repeats anything that is not 200. So 400 makes Meta repeat a body
// that will fail again: that is wanted, because such a body was cut or changed
// before it was signed, or Meta's format is new to us. A 200 would lose its
// statuses for ever, a repeat gives days to repair. Everything else that is
// strange inside a JSON object is answered 200: unknown objects, fields and
// statuses are left to the sink or left out.
//
// Errors are in Ory's envelope and hold nothing of the request.
func New(cfg Config, sink Sink) http.Handler {
	verify := handshake(cfg.VerifyToken)
	receive := receive(newVerifier(cfg.AppSecrets), cfg.MaxBody, func(ctx context.Context, events []Event) error {
		return sink(ctx, cfg.route(events))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
			verify(w, r)
		case http.MethodPost:
			receive(w, r)
		default:
			w.Header().Set("Allow", "GET, POST")
			refuse(w, http.StatusMethodNotAllowed, "Meta's webhooks are GET and POST.")
		}
	})
}

func receive(valid verifier, maxBody int64, sink Sink) http.HandlerFunc {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	return func(w http.ResponseWriter, r *http.Request) {
		// Looked at before the body is read: what is not even signed costs nothing.
		signature, found := parseSignature(r.Header.Get(signatureHeader))
		if !found {
			refuse(w, http.StatusUnauthorized, "The header X-Hub-Signature-256 is missing or malformed.")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d bytes.", maxBody))
			return
		case err != nil:
			refuse(w, http.StatusBadRequest, "The body ended early.")
			return
		case !valid(body, signature):
			refuse(w, http.StatusUnauthorized, "The signature was made with none of whatsapp.app_secrets: compare them with the app secret in Meta's app dashboard.")
			return
		}
		events, err := parse(body)
		if err != nil {
			refuse(w, http.StatusBadRequest, "The body is signed, but it is not a JSON object.")
			return
		}
		if len(events) > 0 && sink(r.Context(), events) != nil {
			refuse(w, http.StatusServiceUnavailable, "The events could not be stored: send them again.")
			return
		}
		w.WriteHeader(http.StatusOK)
	}
}

// refuse writes an error in Ory's envelope. It does not log: the sink's owner
// knows its own error, and the rest shows in the log of requests.
func refuse(w http.ResponseWriter, code int, reason string) {
	status := http.StatusText(code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(herodot.ErrorContainer{Error: &herodot.DefaultError{
		CodeField: code, StatusField: status, ReasonField: reason, ErrorField: status,
	}})
}
