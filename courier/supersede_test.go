package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// person is one whom several messages go to.
const person = "+12025550143"

// USE-5: a clearly newer code ends the older one's fallback.
func TestNewerCodeSupersedes(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.acceptTo(t, person, 1, true)
		r.pass(6 * time.Second)
		newer := r.acceptTo(t, person, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateSuperseded, r.store.get(older).State)
		require.True(t, r.store.get(older).Code.IsZero())
		require.Equal(t, []State{StateSuperseded}, r.watcher.seen().ended)
		r.pass(time.Minute)
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, "123452", r.sms.outgoing()[0].Code.Reveal())
		require.Equal(t, StateHandedOver, r.store.get(newer).State)
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.acceptTo(t, person, 1, true)
		r.pass(2 * time.Second)
		r.acceptTo(t, person, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateSent, r.store.get(older).State, "which of two close ones is newer, nobody knows")
	})
}

func TestSupersedingStaysWithinPurposeAndFlow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Delivery)
		want   bool
	}{
		"same purpose, no flow":       {func(*Delivery) {}, true},
		"other purpose":               {func(d *Delivery) { d.Purpose = Verification }, false},
		"same flow":                   {func(d *Delivery) { d.Flow = "f1" }, true},
		"another flow":                {func(d *Delivery) { d.Flow = "f2" }, false},
		"the older has ended":         {func(*Delivery) {}, false},
		"the same delivery, recalled": {func(d *Delivery) { d.ID = ID{1} }, false},
	} {
		old := testDelivery(t, func(d *Delivery) { d.ID, d.Flow = ID{1}, "f1" })
		if name == "the older has ended" {
			old.State = StateDelivered
		}
		d := testDelivery(t, func(d *Delivery) { d.ID = ID{2}; c.change(d) })
		require.Equal(t, c.want, old.supersededBy(d), name)
	}
}

// What is not superseded stays as it is, and what cannot be read holds up
// no one.
func TestSupersedingLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		lost, other := r.acceptTo(t, person, 1, true), r.acceptTo(t, person, 2, true)
		r.pass(time.Second)
		r.store.lose(lost)
		r.store.mu.Lock()
		kept := r.store.kept[other]
		kept.Purpose = Verification
		r.store.kept[other] = kept
		r.store.mu.Unlock()
		r.pass(5 * time.Second)
		before := r.store.get(other)
		r.acceptTo(t, person, 3, true)
		r.pass(time.Second)
		require.Equal(t, 3, r.whatsapp.count())
		require.Equal(t, before, r.store.get(other))
		require.Equal(t, []string{"superseding delivery " + lost.String()}, r.watcher.seen().trouble)
		require.Empty(t, r.watcher.seen().ended)
	})
}
