package mockmeta

import (
	"context"
	"errors"
	"fmt"
	html "html/template"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Server is a running mock.
type Server struct {
	// URL is the base of the Graph API and of the SMS API, ControlURL that of
	// the control API and of the page with the phones.
	URL, ControlURL string

	opts  Options
	clock *clock
	hooks *hooks
	feed  *feed
	views *html.Template
	stop  context.CancelFunc
	busy  sync.WaitGroup
	http  []*http.Server
	fatal chan error

	// mu guards everything below.
	mu        sync.Mutex
	journal   *journal
	handsets  *handsets
	templates *registry
	faults    *faults
	ids       uint64
}

// New starts a mock as httptest starts a server: it panics when it cannot
// listen or when an option is wrong. Close it in the end.
func New(o Options) *Server {
	s, err := Start(o)
	if err != nil {
		panic("mockmeta: " + err.Error())
	}
	return s
}

// Start starts a mock. It listens when Start returns.
func Start(o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	api, err := net.Listen("tcp", o.APIAddr)
	if err != nil {
		return nil, fmt.Errorf("the API cannot listen: %w", err)
	}
	control, err := net.Listen("tcp", o.ControlAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the control API cannot listen: %w", err), api.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	c := newClock(o.Now)
	s := &Server{
		URL:        "http://" + api.Addr().String(),
		ControlURL: "http://" + control.Addr().String(),
		opts:       o,
		clock:      c,
		hooks:      newHooks(c, o.AppSecret, o.Log),
		feed:       newFeed(),
		views:      pages(),
		stop:       stop,
		fatal:      make(chan error, 2),
		journal:    newJournal(o.MaxMessages),
		handsets:   newHandsets(),
		templates:  seededTemplates(),
		faults:     &faults{},
	}
	s.serve(ctx, api, s.apiHandler())
	s.serve(ctx, control, s.controlHandler())
	if o.WebhookURL != "" {
		s.busy.Go(func() { s.keepSubscribing(ctx, o.WebhookURL, o.VerifyToken) })
	}
	return s, nil
}

// Client is a client of this mock's control API.
func (s *Server) Client() *client.Client { return client.New(s.ControlURL) }

// Err receives an error when a listener broke; nothing in a clean stop.
func (s *Server) Err() <-chan error { return s.fatal }

// Close stops listening, forgets what is scheduled and waits for what runs.
func (s *Server) Close() {
	s.stop() // ends the page's streams and the waiting calls
	for _, srv := range s.http {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close() // what is still open after the grace is cut
		}
		cancel()
	}
	s.clock.Close()
	s.hooks.close()
	s.busy.Wait()
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.http = append(s.http, srv)
	s.busy.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fatal <- err
		}
	})
}

func (s *Server) apiHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", s.handleTwilio)
	mux.HandleFunc("/", s.handleGraph)
	return mux
}

// reset forgets everything but the subscription and the time.
func (s *Server) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Clear()
	s.journal.clear()
	s.handsets = newHandsets()
	s.templates = seededTemplates()
	s.faults = &faults{}
	s.feed.publish("", "")
}

// nextID numbers messages. The caller holds s.mu.
func (s *Server) nextID() uint64 {
	s.ids++
	return s.ids
}

// trace is a fbtrace_id.
func (s *Server) trace() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("Amock%018d", s.nextID())
}
