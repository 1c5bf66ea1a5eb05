package courier

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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

// join lets a delivery wait in the lanes, and returns whether it does.
func join(d Delivery, now time.Time, lanes ...*lane) bool {
	var full []*way
	for _, l := range lanes {
		full = append(full, &way{lane: l})
	}
	return queueUp(turn{delivery: d}, full, now)
}

func justAccepted(id byte, ago time.Duration) Delivery {
	at := start.Add(-ago)
	return Delivery{ID: ID{id}, AcceptedAt: at, Due: at.Add(handOver)}
}

// called gives a place back, and returns the delivery that gets it, or zero.
func called(l *lane, now time.Time) ID {
	next, _ := l.leave(now)
	return next.delivery.ID
}

func fill(t *testing.T, l *lane) {
	t.Helper()
	for l.enter(false) {
	}
	require.True(t, l.full(false))
}

func TestLaneHandsAPlaceToTheFirstInTheQueue(t *testing.T) {
	t.Parallel()
	l := &lane{size: 4}
	require.False(t, join(justAccepted(1, 0), start, l), "there is a place")
	fill(t, l)
	for id, ago := range []time.Duration{handOver - 1, time.Second, 0} {
		require.True(t, join(justAccepted(byte(id+1), ago), start, l))
	}
	require.Zero(t, called(l, start), "that place is not for new messages")
	require.Equal(t, ID{2}, called(l, start.Add(1)), "the first may be another's by now")
	require.True(t, l.full(true), "the place is the second's")
	require.Equal(t, ID{3}, called(l, start.Add(1)))
	require.Zero(t, called(l, start.Add(1)))
	require.Equal(t, 2, l.taken())
}

// As many are called as places get free, although none of them has come yet.
func TestLaneCallsNoMoreThanItHasPlacesFor(t *testing.T) {
	t.Parallel()
	l := &lane{size: 4}
	fill(t, l)
	for id := range byte(9) {
		require.True(t, join(justAccepted(id+1, 0), start, l))
	}
	require.Zero(t, called(l, start))
	for id := range byte(3) {
		require.Equal(t, ID{id + 1}, called(l, start))
	}
	require.Equal(t, 3, l.taken())
}

func TestLaneCallsRetriesBeforeNewMessages(t *testing.T) {
	t.Parallel()
	l := &lane{size: 4}
	fill(t, l)
	retry := justAccepted(2, 0)
	retry.Attempts = []Attempt{{N: 1}}
	require.True(t, join(justAccepted(1, 0), start, l))
	require.True(t, join(retry, start, l))
	require.Equal(t, ID{2}, called(l, start))
	require.Zero(t, called(l, start))
	require.Equal(t, ID{1}, called(l, start))
}

// Who waits for two routes goes by the first that has a place, and once.
func TestWhoWaitsForTwoLanesTakesOnePlace(t *testing.T) {
	t.Parallel()
	one, other := &lane{size: 4}, &lane{size: 4}
	fill(t, one)
	require.False(t, join(justAccepted(1, 0), start, one, other), "the other one has a place")
	fill(t, other)
	require.True(t, join(justAccepted(2, 0), start, one, other))
	require.Zero(t, called(one, start), "what has not queued up is not called")
	require.Zero(t, called(other, start))
	require.Equal(t, ID{2}, called(other, start))
	require.Zero(t, called(one, start))
	require.Equal(t, 2, one.taken())
}

// hangWhatsApp leaves WhatsApp four places and no answer.
func hangWhatsApp(r *rig) {
	r.books.Load().Budgets = Budgets{}
	r.ways["meta"].lane.size = 4
	r.whatsapp.took = time.Hour
}

// WhatsApp hangs: SMS leaves at its deadline all the same, and so does that of a
// message for which there was never a place on WhatsApp.
func TestHangingWhatsAppHoldsUpNoSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.SendTimeout, p.FallbackOverall = time.Hour, 59*time.Second }, func(t *testing.T, r *rig) {
		hangWhatsApp(r)
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

// The deadline of the fallback comes before the end of the lease in the store: queueing would
// miss it.
func TestAQueueKeepsNoMessageBeyondTheFallback(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackAfter, p.FallbackOverall = time.Second, 2*time.Second }, func(t *testing.T, r *rig) {
		hangWhatsApp(r)
		for id := range byte(4) {
			r.accept(t, id+1, true)
		}
		r.pass(2300 * time.Millisecond)
		require.Equal(t, 4, r.sms.count())
	})
}

// The second message to a person waits for the first, and is claimed anew for it.
func TestAQueueKeepsTheDeadlineOfWhatWasClaimedAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackAfter, p.FallbackOverall = 2*time.Second, 4*time.Second }, func(t *testing.T, r *rig) {
		hangWhatsApp(r)
		r.acceptTo(t, person, 1, true)
		r.pass(10 * time.Millisecond)
		r.acceptTo(t, person, 2, true)
		r.pass(time.Millisecond)
		for id := byte(3); id < 6; id++ {
			r.accept(t, id, true)
		}
		r.pass(4300 * time.Millisecond)
		require.NotEmpty(t, r.store.get(ID{2}).Attempts, "WhatsApp's time was over at 4 s")
	})
}

// WhatsApp breaks while messages queue: who is called needs no place, and the others go by SMS
// at once, too.
func TestAPlaceThatIsNotNeededGoesOn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Routes[0].Rate = 0 }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.ways["meta"].lane.size = 4
		r.whatsapp.took = 10 * time.Second
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "131031"}}
		r.accept(t, 1, true)
		r.accept(t, 2, true)
		r.pass(time.Millisecond)
		r.whatsapp.took = 200 * time.Millisecond
		r.accept(t, 3, true)
		r.pass(time.Millisecond)
		for id := byte(4); id < 9; id++ {
			r.accept(t, id, true)
		}
		r.pass(time.Second)
		require.Equal(t, 6, r.sms.count(), "all but the two that are under way")
		require.Equal(t, 2, r.ways["meta"].lane.taken())
	})
}

// One number hangs: who has found both full goes by the other one.
func TestAQueueIsForAllRoutesOfAChannel(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		r.ways["meta"].lane.size, r.ways["second"].lane.size = 4, 4
		r.whatsapp.took, r.second.took = 10*time.Second, 200*time.Millisecond
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(100 * time.Millisecond)
		require.Equal(t, 3, r.whatsapp.count())
		require.Equal(t, 3, r.second.count())
		r.pass(150 * time.Millisecond)
		require.Equal(t, 6, r.second.count())
	})
}

// Answers come together: the first in the queue go first.
func TestACrowdGoesInItsOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Routes[0].Rate = 0 }, func(t *testing.T, r *rig) {
		r.ways["meta"].lane.size = 40
		r.whatsapp.took = 200 * time.Millisecond
		number := func(n int) string { return fmt.Sprintf("+1202555%04d", n) }
		for n := range 120 {
			r.acceptAs(t, number(n), ID{1, byte(n)})
			r.pass(time.Microsecond)
		}
		r.pass(399 * time.Millisecond)
		sent := map[string]bool{}
		for _, o := range r.whatsapp.outgoing() {
			sent[o.To.E164()] = true
		}
		for n := range 60 {
			require.True(t, sent[number(n)], "the %dth of two waves of 30", n+1)
		}
	})
}

// The rate has a place for it only after its lease: it takes none.
func TestNoPlaceInTheRateOutlastsTheLease(t *testing.T) {
	t.Parallel()
	claimed := Delivery{Due: start.Add(300 * time.Millisecond)}
	require.Equal(t, 300*time.Millisecond, inMemory(claimed, start))
	require.Equal(t, shortWait, inMemory(claimed, start.Add(-time.Hour)))
	require.Equal(t, shortWait, inMemory(claimed, claimed.Due), "what is tried again at once has no lease")
	p := NewPace(2)
	_, taken := p.reserve(start, shortWait)
	require.True(t, taken)
	wait, taken := p.reserve(start, inMemory(claimed, start))
	require.False(t, taken)
	require.Equal(t, 500*time.Millisecond, wait)
	require.Equal(t, 500*time.Millisecond, p.wait(start), "the place is still there")
}

// firstFour answers the first four requests after 2 s, and no other.
type firstFour struct {
	*fakeSender
	begun time.Time
}

func (s firstFour) Send(ctx context.Context, o Outgoing) (Taken, error) {
	s.mu.Lock()
	end := s.begun.Add(time.Hour)
	if len(s.sent) < 4 {
		end = s.begun.Add(2 * time.Second)
	}
	s.sent = append(s.sent, o)
	s.mu.Unlock()
	select {
	case <-time.After(time.Until(end)):
	case <-ctx.Done():
	}
	return Taken{ProviderID: "meta-" + o.Reference}, nil
}

// Who is called and has to wait a moment for the rate keeps the place: the others would all
// wait for the same.
func TestAWaitForTheRateEmptiesNoQueue(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Routes[0].Rate, p.SendTimeout = 20, time.Minute }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		lane := r.ways["meta"].lane
		lane.size = 20
		r.ways["meta"].sender = firstFour{r.whatsapp, time.Now()}
		for id := range byte(15) {
			r.accept(t, id+1, true)
			r.pass(60 * time.Millisecond)
		}
		r.pass(600 * time.Millisecond)
		for id := byte(20); id < 30; id++ {
			r.accept(t, id, true)
		}
		r.pass(501 * time.Millisecond) // four have answered: two places in the rate, and two soon
		assert.Equal(t, 18, r.whatsapp.count())
		assert.Equal(t, 15, lane.taken())
		r.pass(100 * time.Millisecond)
		assert.Equal(t, 19, r.whatsapp.count())
		assert.Equal(t, 15, lane.taken())
		untouched := 0
		for id := byte(20); id < 30; id++ {
			if r.store.get(ID{id}).Version == 1 {
				untouched++
			}
		}
		assert.Equal(t, 6, untouched, "they wait in the queue, and in no store")
	})
}

// The second message to a person waits for the first, and is claimed anew for it: so it has
// waited, and may have the places that new messages leave.
func TestWhatWasClaimedAgainIsNotNew(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.SendTimeout = time.Minute }, func(t *testing.T, r *rig) {
		hangWhatsApp(r)
		r.acceptTo(t, person, 1, true)
		r.pass(10 * time.Millisecond)
		r.acceptTo(t, person, 2, true)
		r.pass(time.Millisecond)
		r.accept(t, 3, true)
		r.accept(t, 4, true)
		r.pass(3300 * time.Millisecond)
		require.NotEmpty(t, r.store.get(ID{2}).Attempts)
	})
}
