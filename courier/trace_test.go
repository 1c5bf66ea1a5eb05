package courier

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTraceID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", TraceID("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
	require.Empty(t, TraceID(""))
	require.Empty(t, TraceID("0af7651916cd43dd8448eb211c80319c"))
}

// The trace of the request that brought a message goes with it to the provider.
func TestADeliveryStaysInItsTrace(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		type trace struct{}
		in := newIntake(func(in *Intake) {
			in.Store, in.HandOver, in.Now = r.store, r.OfferNew, time.Now
			in.Trace = func(ctx context.Context) string { return ctx.Value(trace{}).(string) }
		}).intake
		_, err := in.Take(context.WithValue(t.Context(), trace{}, "a-trace"), loginTo(t, "+12025550143"))
		require.NoError(t, err)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Equal(t, "a-trace", r.whatsapp.outgoing()[0].Trace)
	})
}
