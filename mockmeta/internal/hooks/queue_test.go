package hooks

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

func TestNothingIsLeftOfWebhooksThatWereReordered(t *testing.T) {
	t.Parallel()
	clock := world.NewClock(time.Now)
	t.Cleanup(clock.Close)
	h := New(Options{Log: slog.New(slog.DiscardHandler), Now: time.Now}, clock)
	t.Cleanup(h.Close)
	h.Announce("http://127.0.0.1:1/", world.Change{
		Event: world.StatusEvent{ID: "a"}, About: "a", Faults: world.FaultSet{{Kind: client.Reorder}}, At: clock.Now(),
	})
	clock.Advance(time.Minute, h.Settle)
	h.mu.Lock()
	defer h.mu.Unlock()
	require.Empty(t, h.overtake)
	require.Empty(t, h.lines)
}
