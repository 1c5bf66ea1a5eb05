package app

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is one of the two HTTP servers with its listener.
type server struct {
	name     string
	listener net.Listener
	http     *http.Server
	// certificates is nil for plain HTTP.
	certificates *certificates
}

// listen binds the address before anything is served, so that a port in use is
// found while nothing is half started.
func listen(ctx context.Context, name string, at Listener, handler http.Handler) (*server, error) {
	section := "serve." + name
	certificates, err := loadCertificates(section+".tls", at.TLS)
	if err != nil {
		return nil, err
	}
	listener, err := bind(ctx, section, at)
	if err != nil {
		return nil, err
	}
	if at.MaxConnections > 0 {
		listener = limit(listener, at.MaxConnections)
	}
	s := &server{name: name, listener: listener, certificates: certificates, http: &http.Server{
		Handler: handler,
		// Kratos and Meta send small bodies from nearby or well-run machines; who
		// is slower than this is neither.
		ReadHeaderTimeout: min(5*time.Second, at.ReadTimeout),
		ReadTimeout:       at.ReadTimeout,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}}
	if certificates != nil {
		s.http.TLSConfig = certificates.config()
	}
	return s, nil
}

// bind opens the socket.
func bind(ctx context.Context, section string, at Listener) (net.Listener, error) {
	if path, unix := strings.CutPrefix(at.Host, unixPrefix); unix {
		listener, err := bindUnix(ctx, path, at)
		if err != nil {
			return nil, fmt.Errorf("%s.host: cannot listen on the unix socket %s: %w", section, path, err)
		}
		return listener, nil
	}
	// Kratos takes IPv6 addresses in brackets only, others without.
	host := strings.TrimSuffix(strings.TrimPrefix(at.Host, "["), "]")
	address := net.JoinHostPort(host, strconv.Itoa(at.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s.port: %s is already in use; stop what listens there or choose another port", section, address)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", section, address, err)
	}
	return listener, nil
}

func (s *server) address() string {
	if at := s.listener.Addr(); at.Network() == "unix" {
		return unixPrefix + at.String()
	}
	return s.listener.Addr().String()
}

// observe tells log and metrics what goes on below the requests.
func (s *server) observe(to connectionLog, m *metrics) {
	open := m.connections.WithLabelValues(s.name)
	s.http.ErrorLog = log.New(to, "", 0)
	s.http.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Inc()
		case http.StateClosed, http.StateHijacked:
			open.Dec()
		case http.StateActive, http.StateIdle:
		}
	}
	s.showExpiry(m)
}

func (s *server) showExpiry(m *metrics) {
	if s.certificates != nil {
		m.certificates.WithLabelValues(s.name).Set(float64(s.certificates.ends().Unix()))
	}
}

// serve answers until stop.
func (s *server) serve() error {
	serve := s.http.Serve
	if s.certificates != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	if err := serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the %s listener failed: %w", s.name, err)
	}
	return nil
}

// stop lets requests under way finish until ctx ends.
func (s *server) stop(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}
