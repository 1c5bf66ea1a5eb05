package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// run starts the command and returns when it has written its addresses.
func run(t *testing.T, args ...string) (addresses map[string]string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "addresses.json")
	cmd := newRootCommand()
	cmd.SetErr(&bytes.Buffer{})
	cmd.SetArgs(append([]string{"serve", "--api", "127.0.0.1:0", "--control", "127.0.0.1:0", "--address-file", file}, args...))
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	stop = func() error { cancel(); return <-done }
	t.Cleanup(cancel)
	for deadline := time.Now().Add(30 * time.Second); ; {
		raw, err := os.ReadFile(file)
		if err == nil {
			require.NoError(t, json.Unmarshal(raw, &addresses))
			return addresses, stop
		}
		select {
		case err := <-done:
			require.NoError(t, err, "it ended before it listened")
		case <-time.After(5 * time.Millisecond): // between two looks
		}
		require.True(t, time.Now().Before(deadline), "no addresses were written")
	}
}

func TestServeWritesItsAddressesAndStopsCleanly(t *testing.T) {
	t.Parallel()
	addresses, stop := run(t, "--calm")
	res, err := http.Get("http://" + addresses["control"] + "/control/health")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	_, _, err = net.SplitHostPort(addresses["api"])
	require.NoError(t, err)

	health := func() error {
		cmd := newRootCommand()
		cmd.SetArgs([]string{"health", "--control", addresses["control"]})
		return cmd.ExecuteContext(t.Context())
	}
	require.NoError(t, health())
	require.NoError(t, stop())
	require.Error(t, health(), "it has stopped")
}

func TestServeRefusesInOneSentence(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a port in use":      {[]string{"--api", taken.Addr().String()}, "address already in use"},
		"a public address":   {[]string{"--api", "0.0.0.0:0"}, "only loopback addresses"},
		"a real token":       {[]string{"--access-token", "EAAJB0"}, "looks like a real one"},
		"a wrong shape":      {[]string{"--webhook-shape", "v1"}, "is not one of"},
		"a wrong callback":   {[]string{"--webhook-url", "courier"}, "not an http or https URL"},
		"an unknown command": {[]string{"--no-such-flag"}, "unknown flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := newRootCommand()
			cmd.SetErr(&bytes.Buffer{})
			cmd.SetArgs(append([]string{"serve", "--control", "127.0.0.1:0"}, c.args...))
			require.ErrorContains(t, cmd.ExecuteContext(t.Context()), c.want)
		})
	}
}
