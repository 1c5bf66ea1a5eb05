package mockmeta

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
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
	http   *http.Client
	slots  chan struct{}
	ctx    context.Context // ends when the mock closes
	cancel context.CancelFunc
	busy   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	posting int
	quiet   chan struct{} // closed while nothing is under way
}

func newPoster(log *slog.Logger) *poster {
	ctx, cancel := context.WithCancel(context.Background())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // callbacks are local
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = postParallel, postParallel
	quiet := make(chan struct{})
	close(quiet)
	return &poster{
		log: log,
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
// was no answer.
func (p *poster) post(url string, header http.Header, body io.Reader, length int) int {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, url, body)
	if err != nil { // callbacks are checked when they are taken
		return 0
	}
	req.ContentLength = int64(length)
	req.Header = header
	res, err := p.http.Do(req)
	if err != nil {
		if p.ctx.Err() == nil {
			p.log.Warn("a webhook was not delivered", "error", err)
		}
		return 0
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection is kept
	return res.StatusCode
}

func (p *poster) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.busy.Wait()
	p.http.CloseIdleConnections()
}
