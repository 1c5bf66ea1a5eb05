package app

import (
	"context"
	"errors"
	"fmt"
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
}

// listen binds the address before anything is served, so that a port in use is
// found while nothing is half started.
func listen(ctx context.Context, name, configPath string, at Listener, handler http.Handler) (*server, error) {
	// Kratos takes IPv6 addresses in brackets only, others without.
	host := strings.TrimSuffix(strings.TrimPrefix(at.Host, "["), "]")
	address := net.JoinHostPort(host, strconv.Itoa(at.Port))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s.port: %s is already in use; stop what listens there or choose another port", configPath, address)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", configPath, address, err)
	}
	return &server{name: name, listener: listener, http: &http.Server{
		Handler: handler,
		// Kratos and Meta send small bodies from nearby or well-run machines; who
		// is slower than this is neither.
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}}, nil
}

func (s *server) address() string { return s.listener.Addr().String() }

// serve answers until stop.
func (s *server) serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
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
