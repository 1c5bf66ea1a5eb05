package sms

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

var _ courier.Sender = (*Console)(nil)

func TestConsoleShowsTheMessage(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	console := NewConsole(&out, texts(t, nil))
	require.Equal(t, "console", console.Provider())
	accepted, err := console.Send(t.Context(), outgoing(t, "481920", 5*time.Minute))
	require.NoError(t, err)
	require.Equal(t, courier.Taken{ProviderID: "console-0190.2"}, accepted)
	require.Equal(t, "SMS to +12025550143: 481920 is your verification code. It expires in 5 min. Do not share it with anyone.\n", out.String())

	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = console.Send(t.Context(), outgoing(t, "481920", time.Minute)) })
	}
	all.Wait()
	require.Equal(t, 21, strings.Count(out.String(), "\n"))
}

func TestConsoleThatIsGone(t *testing.T) {
	t.Parallel()
	_, err := NewConsole(closed{}, texts(t, nil)).Send(t.Context(), outgoing(t, "481920", time.Minute))
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.NotContains(t, err.Error(), "481920")
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }
