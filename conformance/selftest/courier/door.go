package courier

import (
	"bytes"
	"crypto/subtle"
	"io"
	"net/http"
	"time"
)

const largestMessage = 1 << 20

// private is what Kratos sees.
func (c *Courier) private() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /messages", c.withKey(c.serveMessages))
	mux.HandleFunc("POST /events", c.withKey(c.serveEvents))
	mux.HandleFunc("GET /health/alive", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, _ *http.Request) {
		if c.o.Fault == notReadyWithoutMeta && c.breaker.isOpen() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return mux
}

// withKey hands over the bodies of requests with the right key.
func (c *Courier) withKey(serve func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-API-Key")), []byte(c.o.KratosKey)) != 1 && c.o.Fault != noKeyNeeded {
			http.Error(w, "X-API-Key is missing or wrong", http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestMessage))
		if err != nil {
			http.Error(w, "the body is too large or was cut short", http.StatusRequestEntityTooLarge)
			return
		}
		if c.o.Fault == crashOnDeepJSON && bytes.Count(body, []byte("{")) > 10_000 {
			c.exit(2)
		}
		serve(w, r, body)
	}
}

// serveMessages answers 204 to whatever is stored or will never be sent, so that
// Kratos neither posts it again nor holds up anyone else.
func (c *Courier) serveMessages(w http.ResponseWriter, r *http.Request, body []byte) {
	if c.o.Fault == slowAnswer {
		time.Sleep(2 * time.Second)
	}
	m, deliverable, err := parseMessage(body, c.o.Fault)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !deliverable {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	d, what := c.accept(m)
	status := http.StatusNoContent
	switch {
	case what == notStored:
		status = http.StatusServiceUnavailable
	case what == accepted204:
		c.start(d)
		if c.o.Fault == passesOn502 {
			select {
			case <-d.first:
				if d.refused {
					status = http.StatusBadGateway
				}
			case <-r.Context().Done():
			}
		}
	case what == suppressed && c.o.Fault == answers429:
		status = http.StatusTooManyRequests
	case what == suppressed && c.o.Fault == retryAfterHeader:
		w.Header().Set("Retry-After", "5")
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
}

func (c *Courier) serveEvents(w http.ResponseWriter, _ *http.Request, body []byte) {
	e, err := parseEvent(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.used(e)
	w.WriteHeader(http.StatusNoContent)
}
