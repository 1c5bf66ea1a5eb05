package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLaneLeavesPlacesToThoseWhoHaveWaited(t *testing.T) {
	t.Parallel()
	l := &lane{size: 4}
	for range 3 {
		require.True(t, l.enter(true))
	}
	require.False(t, l.enter(true), "a quarter is not for new messages")
	require.True(t, l.full(true))
	require.False(t, l.full(false))
	require.True(t, l.enter(false))
	require.False(t, l.enter(false))
	l.leave(start)
	l.leave(start)
	require.True(t, l.enter(true))
}

func TestLaneGivesAPlaceToTheFirstInTheQueue(t *testing.T) {
	t.Parallel()
	accepted := func(id byte, ago time.Duration) turn {
		at := start.Add(-ago)
		return turn{delivery: Delivery{ID: ID{id}, AcceptedAt: at, Due: at.Add(handOver)}}
	}
	l := &lane{size: 4}
	require.False(t, l.queueUp(accepted(1, 0), start), "there is a place")
	for range 3 {
		require.True(t, l.enter(true))
	}
	require.True(t, l.enter(false))
	for id, ago := range []time.Duration{handOver - 1, time.Second, 0} {
		require.True(t, l.queueUp(accepted(byte(id), ago), start))
	}
	ids := func(turns []turn) (ids []ID) {
		for _, t := range turns {
			ids = append(ids, t.delivery.ID)
		}
		return ids
	}
	require.Empty(t, l.leave(start), "that place is not for new messages")
	require.Equal(t, []ID{{1}}, ids(l.leave(start.Add(1))), "the first may be another's by now")
	require.True(t, l.enter(true))
	require.Equal(t, []ID{{2}}, ids(l.leave(start.Add(1))))
	require.Empty(t, l.leave(start.Add(1)))
}

func TestLaneMakesUpForPlacesThatNobodyTook(t *testing.T) {
	t.Parallel()
	l := &lane{size: 4}
	for range 3 {
		require.True(t, l.enter(true))
	}
	for id := range byte(4) {
		require.True(t, l.queueUp(turn{delivery: Delivery{ID: ID{id}, AcceptedAt: start, Due: start.Add(handOver)}}, start))
	}
	require.Len(t, l.leave(start), 1)
	require.Len(t, l.leave(start), 2, "its own place, and the other one, which is still free")
}

// WhatsApp hangs: SMS leaves at its deadline all the same, and so does that of a
// message for which there was never a place on WhatsApp.
func TestHangingWhatsAppHoldsUpNoSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.SendTimeout, p.FallbackOverall = time.Hour, 59*time.Second }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.ways["meta"].lane.size = 4
		r.whatsapp.took = time.Hour
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(time.Second)
		require.Equal(t, []LaneLoad{
			{Route: "meta", Channel: WhatsApp, Used: 3, Size: 4}, {Route: "twilio", Channel: SMS, Size: laneSize},
		}, r.Load().Lanes)
		r.pass(28 * time.Second)
		require.Equal(t, 4, r.ways["meta"].lane.used, "the last place is for one that has waited")
		require.Zero(t, r.sms.count())
		r.pass(2 * time.Second)
		require.Equal(t, 3, r.sms.count(), "30 s after their requests")
		r.pass(27 * time.Second)
		require.Equal(t, 4, r.sms.count())
		r.pass(1500 * time.Millisecond)
		require.Equal(t, 9, r.sms.count(), "59 s after their messages")
		require.Equal(t, 4, r.ways["meta"].lane.used, "without a request on WhatsApp")
		only := 0
		for id := range byte(9) {
			if len(r.store.get(ID{id + 1}).Attempts) == 1 {
				only++
			}
		}
		require.Equal(t, 5, only, "by SMS and nothing else")
	})
}

// A crowd leaves as fast as Meta answers, though there are places for a few only.
func TestACrowdGoesAsPlacesGetFree(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.ways["meta"].lane.size = 4
		r.whatsapp.took = 200 * time.Millisecond
		for id := range byte(12) {
			r.accept(t, id+1, true)
		}
		r.pass(100 * time.Millisecond)
		require.Equal(t, 3, r.whatsapp.count(), "no more places than that")
		r.pass(handOver - 101*time.Millisecond)
		require.Equal(t, 12, r.whatsapp.count(), "before another replica may claim them")
		for id := range byte(12) {
			require.EqualValues(t, 3, r.store.get(ID{id + 1}).Version, "waiting writes nothing")
		}
	})
}

// What finds no place goes when there is one.
func TestPlacesAreGivenBack(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.ways["meta"].lane.size = 2
		r.whatsapp.took = time.Second
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(20 * time.Second)
		require.Equal(t, 9, r.whatsapp.count())
		require.Zero(t, r.sms.count())
		require.Zero(t, r.ways["meta"].lane.used)
	})
}
