package main

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func call(ctx context.Context, args ...string) error {
	cmd := newRootCommand()
	cmd.SetArgs(args)
	return cmd.ExecuteContext(ctx)
}

func TestServeIsHealthyUntilItStops(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.ErrorContains(t, call(t.Context(), "serve", "--address", address), "--address", "the port is taken")
	require.NoError(t, free.Close())

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- call(ctx, "serve", "--address", address) }()
	require.Eventually(t, func() bool { return call(t.Context(), "health", "--address", address) == nil },
		10*time.Second, 10*time.Millisecond, "the page does not answer")
	stop()
	require.NoError(t, <-done)
	require.Error(t, call(t.Context(), "health", "--address", address))
}
