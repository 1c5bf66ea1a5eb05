package testkit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func shell(t *testing.T, script string) *Process {
	t.Helper()
	p := newProcess("script", "/bin/sh", t.TempDir(), "-c", script)
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	return p
}

// saying is ready when the log holds the word.
func saying(p *Process, word string) func(context.Context) error {
	return func(context.Context) error {
		if strings.Contains(p.LogTail(10), "\n"+word) {
			return nil
		}
		return errors.New("it has not said " + word)
	}
}

func TestProcessStopsOnSIGTERM(t *testing.T) {
	t.Parallel()
	p := shell(t, `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`)
	require.NoError(t, p.start(t.Context(), saying(p, "up")))
	require.True(t, p.Running())
	require.NoError(t, p.Stop(t.Context()))
	require.False(t, p.Running())
	require.Equal(t, 0, p.ExitCode())
	require.Contains(t, p.LogTail(10), "bye")
	require.NoError(t, p.Stop(t.Context()), "stopping twice")
}

func TestProcessThatIgnoresSIGTERMIsKilled(t *testing.T) {
	t.Parallel()
	p := shell(t, `trap '' TERM; echo up; while :; do sleep 0.05; done`)
	require.NoError(t, p.start(t.Context(), saying(p, "up")))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, p.Stop(ctx), "did not stop on SIGTERM")
	require.False(t, p.Running())
}

func TestKillEndsTheWholeGroup(t *testing.T) {
	t.Parallel()
	p := shell(t, `sleep 300 & echo up; echo child $!; wait`)
	require.NoError(t, p.start(t.Context(), saying(p, "child")))
	_, child, _ := strings.Cut(p.LogTail(1), "child ")
	require.NoError(t, p.Kill())
	gone := func() bool {
		stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(child), "stat"))
		return err != nil || strings.Contains(string(stat), ") Z ")
	}
	require.Eventually(t, gone, 30*time.Second, 10*time.Millisecond)
	require.Equal(t, -1, p.ExitCode())
}

func TestProcessThatEndsEarlyShowsItsLog(t *testing.T) {
	t.Parallel()
	p := shell(t, `echo the port is taken; exit 3`)
	err := p.start(t.Context(), func(context.Context) error { return errors.New("not yet") })
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "the port is taken")
}

func TestProcessThatIsNeverReadyIsKilled(t *testing.T) {
	t.Parallel()
	p := shell(t, `sleep 300`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := p.start(ctx, func(context.Context) error { return errors.New("connection refused") })
	require.ErrorContains(t, err, "connection refused")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, p.Running())
}

func TestLogIsKeptOverRestarts(t *testing.T) {
	t.Parallel()
	p := shell(t, `echo run; sleep 300`)
	for range 2 {
		require.NoError(t, p.start(t.Context(), saying(p, "run")))
		require.NoError(t, p.Kill())
	}
	require.Eventually(t, func() bool { return strings.Count(p.LogTail(10), "\nrun") >= 1 }, 30*time.Second, 10*time.Millisecond)
}
