package app

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// supervisor notes what it hears.
type supervisor struct {
	every time.Duration

	mu    sync.Mutex
	heard []string
}

func (s *supervisor) Notify(state string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, state)
	return nil
}

func (s *supervisor) WatchdogEvery() time.Duration { return s.every }

func (s *supervisor) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

// supervised runs an app that tells the supervisor, and returns what stops it.
func supervised(t *testing.T, s *supervisor) (*App, func() error) {
	t.Helper()
	a, err := New(t.Context(), config(t), Options{Log: &output{}, Console: io.Discard, Supervisor: s})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	return a, stop
}

func TestSupervisorHearsHowItIs(t *testing.T) {
	t.Parallel()
	s := &supervisor{every: 5 * time.Millisecond}
	_, stop := supervised(t, s)
	require.Eventually(t, func() bool { return slices.Contains(s.all(), "WATCHDOG=1") }, 30*time.Second, time.Millisecond)
	require.NoError(t, stop())
	heard := s.all()
	require.Less(t, slices.Index(heard, "READY=1"), slices.Index(heard, "STOPPING=1"))
	require.Contains(t, heard, "READY=1")
}

// A courier whose store is gone is not alive.
func TestWatchdogStarvesWithoutAStore(t *testing.T) {
	t.Parallel()
	s, log := &supervisor{every: 5 * time.Millisecond}, &output{}
	a, err := New(t.Context(), config(t), Options{Log: log, Console: io.Discard, Supervisor: s})
	require.NoError(t, err)
	require.NoError(t, a.Close())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.feedWatchdog(ctx) }()
	require.Eventually(t, func() bool { return strings.Count(log.String(), "the watchdog is not fed") > 2 }, 30*time.Second, time.Millisecond)
	cancel()
	<-done
	require.Empty(t, s.all())
}

// systemd listens on a datagram socket.
func TestSystemdIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	listener, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "30000000")
	require.NoError(t, systemd{}.Notify("READY=1"))
	require.NoError(t, listener.SetReadDeadline(time.Now().Add(20*time.Second)))
	buffer := make([]byte, 100)
	n, _, err := listener.ReadFrom(buffer)
	require.NoError(t, err)
	require.Equal(t, "READY=1", string(buffer[:n]))
	require.Equal(t, 15*time.Second, systemd{}.WatchdogEvery(), "half of it")

	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	require.NoError(t, systemd{}.Notify("READY=1"), "nobody asked")
	require.Zero(t, systemd{}.WatchdogEvery())
}
