package mockmeta

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Delivery of webhooks.
const (
	hookTimeout  = 10 * time.Second
	hookParallel = 64
	firstRetry   = time.Second
	maxRetry     = time.Hour
	// retryFor is how long Meta tries; its pages say 36 hours and 7 days.
	retryFor = 7 * 24 * time.Hour
)

// change is one thing that a webhook tells.
type change struct {
	field string
	value any
	// answered is told the HTTP status of every try; 0 when there was none.
	answered func(status int)
}

// hooks posts webhooks to the subscribed callback, in parallel and without any
// promise of order, and tries again until the answer is 200.
type hooks struct {
	clock  *clock
	secret string
	log    *slog.Logger
	http   *http.Client
	slots  chan struct{}
	ctx    context.Context // ends when the mock closes
	cancel context.CancelFunc
	busy   sync.WaitGroup

	mu       sync.Mutex
	callback string
	closed   bool
}

func newHooks(c *clock, secret string, log *slog.Logger) *hooks {
	ctx, cancel := context.WithCancel(context.Background())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // callbacks are local
	transport.MaxIdleConnsPerHost = hookParallel
	return &hooks{
		clock: c, secret: secret, log: log,
		http: &http.Client{
			Timeout:   hookTimeout,
			Transport: transport,
			// Meta follows no redirects.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slots: make(chan struct{}, hookParallel),
		ctx:   ctx, cancel: cancel,
	}
}

// enqueue sends one change. Without a subscription it is lost, as in life.
func (h *hooks) enqueue(c change) {
	callback := h.target()
	if callback == "" {
		return
	}
	h.post(callback, encodeHook([]change{c}), []change{c}, h.clock.Now(), firstRetry)
}

func (h *hooks) target() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.callback
}

func (h *hooks) subscribe(callback string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.callback = callback
}

// post sends in the background and plans the next try when it was not answered
// with 200.
func (h *hooks) post(callback string, body []byte, changes []change, since time.Time, backoff time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.busy.Go(func() {
		h.slots <- struct{}{}
		status := h.try(callback, body)
		<-h.slots
		for _, c := range changes {
			c.answered(status)
		}
		if status == http.StatusOK || h.clock.Now().Sub(since) > retryFor {
			return
		}
		h.clock.After(backoff, func() {
			h.post(callback, body, changes, since, min(2*backoff, maxRetry))
		})
	})
}

// try posts once and returns the HTTP status, or 0.
func (h *hooks) try(callback string, body []byte) int {
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, callback, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "facebookexternalua")
	req.Header.Set("X-Hub-Signature-256", sign(h.secret, body))
	res, err := h.http.Do(req)
	if err != nil {
		h.log.Warn("webhook not delivered", "error", err)
		return 0
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection is kept
	return res.StatusCode
}

func (h *hooks) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.cancel()
	h.busy.Wait()
	h.http.CloseIdleConnections()
}
