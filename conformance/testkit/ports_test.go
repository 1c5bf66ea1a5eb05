package testkit

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPortIsGivenToOne(t *testing.T) {
	t.Parallel()
	given := map[int]bool{}
	for range 200 {
		port, release, err := reservePort()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, release()) })
		require.False(t, given[port], "port %d is there twice", port)
		require.True(t, lowestPort <= port && port < highestPort, "port %d is one that systems give away", port)
		given[port] = true
	}
}

func TestAProgramListensWhileItsPortIsReserved(t *testing.T) {
	t.Parallel()
	port, release, err := reservePort()
	require.NoError(t, err)
	defer func() { require.NoError(t, release()) }()
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	require.NoError(t, err)
	require.NoError(t, l.Close())
}
