package mockmeta_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// story is everything that a run showed: answers, statuses and webhooks.
func story(t *testing.T, seed uint64) []string {
	t.Helper()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := start(t, func(o *mockmeta.Options) {
		o.Calm, o.Seed = false, seed
		o.Now = func() time.Time { return at } // only Advance moves it
		o.SentAfter, o.DeliveredAfter, o.ReadAfter = time.Second, 2*time.Second, 3*time.Second
		o.Chaos = []client.Fault{
			{Kind: client.Jitter, Rate: 1},
			{Kind: client.SendError, Code: 131016, Rate: 0.2},
			{Kind: client.Failed, Rate: 0.1},
			{Kind: client.Duplicate, Rate: 0.2},
			{Kind: client.Reorder, Rate: 0.2},
			{Kind: client.Batch, Rate: 0.1},
			{Kind: client.Lost, Rate: 0.1},
		}
	})
	var out []string
	for i := range 60 {
		a := b.send(otp(fmt.Sprintf("+120255501%02d", i%20), fmt.Sprint(i)))
		out = append(out, fmt.Sprint(a.status, a.code(), a.wamid()))
		b.Advance(700 * time.Millisecond)
	}
	b.Advance(time.Hour)
	for _, m := range b.Messages(client.Filter{}) {
		out = append(out, m.ID)
		for _, st := range m.Statuses {
			out = append(out, fmt.Sprint(st.Name, st.At.Sub(at), st.Webhook))
		}
		for _, w := range m.Webhooks {
			out = append(out, fmt.Sprint(w.Status, w.At.Sub(at), w.Signature))
		}
	}
	return out
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	t.Parallel()
	first := story(t, 42)
	require.Equal(t, first, story(t, 42))
	require.NotEqual(t, first, story(t, 43))
}

func TestChaosCanBeSetAndReset(t *testing.T) {
	t.Parallel()
	b := start(t)
	now, err := b.Client().SetChaos(b.ctx, client.Chaos{Seed: 7, Faults: []client.Fault{{Kind: client.SendError, Code: 131016, Rate: 1}}})
	require.NoError(t, err)
	require.Equal(t, uint64(7), now.Seed)
	require.Equal(t, 131016, b.send(otp(phone, "1")).code())
	require.NoError(t, b.Client().Reset(b.ctx))
	require.Equal(t, 200, b.send(otp(phone, "1")).status, "calm again")
}

func TestLightMisbehaviourLosesNothing(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Calm = false })
	for i := range 40 {
		b.accepted(fmt.Sprintf("+120255501%02d", i), "1")
	}
	b.settled()
	for _, m := range b.Messages(client.Filter{}) {
		require.Equal(t, []string{"sent", "delivered", "read"}, names(m))
		for _, st := range m.Statuses {
			require.Equal(t, 200, st.Webhook, "%s of %s", st.Name, m.To)
		}
	}
}
