package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClockAhead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attempt Attempt
		want    time.Duration
	}{
		"no time is told":         {Attempt{StartedAt: at(0)}, 0},
		"in order":                {Attempt{StartedAt: at(0), SentAt: at(1), DeliveredAt: at(3)}, 0},
		"a report of long ago":    {Attempt{StartedAt: at(-9000), SentAt: at(-8999)}, 0},
		"sent before we asked":    {Attempt{StartedAt: at(0), SentAt: at(-90)}, 90 * time.Second},
		"seconds cut off":         {Attempt{StartedAt: at(0), SentAt: at(-1)}, time.Second},
		"delivered in the future": {Attempt{StartedAt: at(0), SentAt: at(1), DeliveredAt: at(100)}, -90 * time.Second},
	} {
		require.Equal(t, c.want, clockAhead(c.attempt, at(10)), name)
	}
}

func TestClocksThatDifferAreShown(t *testing.T) {
	t.Parallel()
	for words, off := range map[string]time.Duration{"2m0s behind": 2 * time.Minute, "2m0s ahead of": -2*time.Minute - time.Second} {
		inBubble(t, nil, func(t *testing.T, r *rig) {
			sent := func(id byte, off time.Duration) {
				d := r.accept(t, id, true)
				r.pass(time.Second)
				report := Report{Delivery: d, Attempt: 1, State: AttemptSent, At: time.Now().Add(off)}
				require.NoError(t, r.tracker.Track(t.Context(), []Report{report}))
			}
			sent(1, off)
			require.Equal(t, []string{Clock}, r.watcher.seen().broken)
			require.Contains(t, r.breakers.Faults()[0].Reason, words)
			require.Zero(t, r.breakers.faultsOf(r.ways["meta"].parts), "people still get their codes")
			sent(2, 0)
			require.Equal(t, []string{Clock}, r.watcher.seen().mended)
		})
	}
}
