package mockmeta

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/hooks"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// Server is a running mock.
type Server struct {
	// URL is the base of the Graph API and of the SMS API, ControlURL that of
	// the control API and of the page with the phones.
	URL, ControlURL string
	// Seed is the one that chance started from.
	Seed uint64

	world *world.World
	hooks *hooks.Hooks
	log   *slog.Logger
	ca    []byte
	stop  context.CancelFunc
	busy  sync.WaitGroup
	http  []*http.Server
	fatal chan error
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
	s := &Server{
		URL:        "http://" + api.Addr().String(),
		ControlURL: "http://" + control.Addr().String(),
		Seed:       o.Seed,
		log:        o.Log,
		fatal:      make(chan error, 2),
	}
	if o.TLS {
		ca, cert, err := newCA()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("no certificate: %w", err), api.Close(), control.Close())
		}
		s.ca, s.URL = ca, "https://"+api.Addr().String()
		api = tls.NewListener(api, &tls.Config{
			Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"h2", "http/1.1"},
		})
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	clock := world.NewClock(o.Now)
	s.hooks = hooks.New(o.hooks(), clock)
	s.world = world.New(o.world(), clock, s.hooks)
	s.serve(ctx, api, s.apiHandler(o))
	s.serve(ctx, control, s.controlHandler())
	if o.WebhookURL != "" {
		s.busy.Go(func() { s.hooks.KeepSubscribing(ctx, o.WebhookURL, o.VerifyToken, s.world.Account.SetCallback) })
	}
	return s, nil
}

// Client is a client of this mock's control API.
func (s *Server) Client() *client.Client { return client.New(s.ControlURL) }

// CA is the certificate of the mock's CA as PEM; nil without TLS.
func (s *Server) CA() []byte { return s.ca }

// HTTPClient returns a client that trusts the mock's CA and comes here for every
// host, so that also https://graph.facebook.com is this mock.
func (s *Server) HTTPClient() *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	addr := s.http[0].Addr
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	return &http.Client{Transport: transport}
}

// Messages returns what was taken so far, oldest first.
func (s *Server) Messages(f client.Filter) []client.Message {
	return s.world.Journal.Messages(f)
}

// Calls returns the requests that were answered so far, oldest first.
func (s *Server) Calls() []client.Call {
	return s.world.Journal.Calls()
}

// Advance moves the mock's clock on by d. What becomes due on the way has
// happened when it returns, webhooks included.
func (s *Server) Advance(d time.Duration) {
	s.world.Advance(d)
}

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
	s.world.Close()
	s.hooks.Close()
	s.busy.Wait()
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) {
	srv := &http.Server{
		Addr:              l.Addr().String(),
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.http = append(s.http, srv)
	s.busy.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fatal <- err
		}
	})
}
