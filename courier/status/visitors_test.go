package status

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAClientIsAnAddressOrAnIPv6Network(t *testing.T) {
	t.Parallel()
	for client, name := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64", "": "", "nobody": "nobody",
	} {
		require.Equal(t, name, network(client))
	}
}

func TestManyAddressesTakeNoMoreMemory(t *testing.T) {
	t.Parallel()
	v := &Visitors{Requests: 2, Guesses: 2, Streams: 1, Now: noon}
	for i := range maxClients {
		require.Zero(t, v.enter(fmt.Sprint(i)))
	}
	require.Zero(t, v.enter("one more"))
	require.Zero(t, v.enter("and another"))
	require.Equal(t, time.Minute, v.enter("a third"), "they share the counts of one")
	require.Zero(t, v.enter("7"), "who was here before has its own")
	require.LessOrEqual(t, len(v.asked), maxClients+1)
}

func TestAClockThatIsSetBackRefusesNobodyForLong(t *testing.T) {
	t.Parallel()
	now := noon()
	v := &Visitors{Requests: 1, Guesses: 1, Streams: 1, Now: func() time.Time { return now }}
	require.Zero(t, v.enter("a"))
	require.NotZero(t, v.enter("a"))
	now = now.Add(-time.Hour)
	require.Zero(t, v.enter("a"))
}

func TestStreamsOfAllClients(t *testing.T) {
	t.Parallel()
	v := &Visitors{Streams: 2, Now: noon}
	require.True(t, v.open("a"))
	require.False(t, v.open("a"), "one at least, and a tenth of all")
	require.True(t, v.open("b"))
	require.False(t, v.open("c"))
	v.close("a")
	require.True(t, v.open("c"))
	v.close("b")
	v.close("c")
	require.Empty(t, v.streams)
}
