package hooks

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// Bounds of what the mock sends out.
const (
	postTimeout  = 10 * time.Second
	postParallel = 64
	maxPosting   = 100_000 // posts under way; more than that are lost
)

// poster posts in the background, so many at a time, in no certain order.
type poster struct {
	log    *slog.Logger
	now    func() time.Time // the real clock
	http   *http.Client
	slots  chan struct{}
	ctx    context.Context // ends when the mock closes
	cancel context.CancelFunc
	busy   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	posting int
	said    callbackNotices
	quiet   chan struct{} // closed while nothing is under way
}

func newPoster(log *slog.Logger, now func() time.Time) *poster {
	ctx, cancel := context.WithCancel(context.Background())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // callbacks are local
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = postParallel, postParallel
	quiet := make(chan struct{})
	close(quiet)
	return &poster{
		log: log, now: now, said: callbackNotices{},
		http: &http.Client{
			Timeout:   postTimeout,
			Transport: transport,
			// Neither Meta nor Twilio follows redirects.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slots: make(chan struct{}, postParallel),
		ctx:   ctx, cancel: cancel, quiet: quiet,
	}
}

// background runs fn, which posts something, once there is a slot. It says false
// when fn will not run.
func (p *poster) background(fn func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return false
	case p.posting >= maxPosting:
		p.log.Warn("a webhook was lost: too many are under way", "under_way", p.posting)
		return false
	case p.posting == 0:
		p.quiet = make(chan struct{})
	}
	p.posting++
	p.busy.Go(func() {
		defer p.finished()
		p.slots <- struct{}{}
		defer func() { <-p.slots }()
		fn()
	})
	return true
}

func (p *poster) finished() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.posting--; p.posting == 0 {
		close(p.quiet)
	}
}

// settle waits until nothing is under way, but no longer than limit.
func (p *poster) settle(limit time.Duration) {
	p.mu.Lock()
	quiet := p.quiet
	p.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-quiet:
	case <-timer.C:
	}
}

// post sends a body of that length and returns the HTTP status; 0 when there
// was no answer, with the cause.
func (p *poster) post(url string, header http.Header, body io.Reader, length int) (answer int, cause error) {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, url, body)
	if err != nil { // callbacks are checked when they are taken
		return 0, err
	}
	req.ContentLength = int64(length)
	req.Header = header
	res, err := p.http.Do(req)
	if err != nil {
		return 0, redactURL(err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection is kept
	return res.StatusCode, nil
}

// warnUntaken prints a line about a callback that did not take what it was sent.
func (p *poster) warnUntaken(channel, callback, status string, answer int, cause error) {
	if meta.Took(channel, answer) || p.ctx.Err() != nil {
		return
	}
	where := withoutQuery(callback)
	p.mu.Lock()
	due := p.said.due(callbackAnswer{where, answer}, p.now())
	p.mu.Unlock()
	if !due {
		return
	}
	about := []any{"callback", where, "about", status, "answer", answer, "hint", hintFor(channel, answer)}
	if cause != nil {
		about = append(about, "error", cause)
	}
	p.log.Warn("a callback did not take what it was sent", about...)
}

func (p *poster) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.busy.Wait()
	p.http.CloseIdleConnections()
}
