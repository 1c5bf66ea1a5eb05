package testkit

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

const waits = `trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done`

func TestProcessesStartAndStopTogether(t *testing.T) {
	t.Parallel()
	g := group{shell(t, waits), shell(t, waits)}
	ready := func(ctx context.Context, i int) error { return saying(g[i], "up")(ctx) }
	require.False(t, g.Running())
	require.True(t, g.ended())
	require.NoError(t, g.start(t.Context(), ready))
	require.True(t, g.Running())
	require.NoError(t, g[1].Kill())
	require.False(t, g.Running(), "one of them does not")
	require.False(t, g.ended(), "one of them does")
	require.NoError(t, g.Stop(t.Context()))
	require.True(t, g.ended())
	require.Equal(t, -1, g.ExitCode(), "one was killed")
}

func TestOfProcessesThatAreNotAllReadyNoneIsLeft(t *testing.T) {
	t.Parallel()
	g := group{shell(t, waits), shell(t, "exit 3")}
	err := g.start(t.Context(), func(ctx context.Context, i int) error {
		return errors.Join(saying(g[i], "up")(ctx))
	})
	require.ErrorContains(t, err, "exit status 3")
	require.True(t, g.ended())
}
