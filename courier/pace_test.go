package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RATE-9: 130429 slows all sends down, and nothing is lost.
func TestThrottleHoldsEveryone(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, Code: "130429", RetryAfter: 5 * time.Second}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		for id := byte(2); id < 9; id++ {
			r.accept(t, id, true)
		}
		r.pass(3 * time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		r.pass(8 * time.Second)
		require.Equal(t, 9, r.whatsapp.count())
		require.Zero(t, r.sms.count())
	})
}

func TestWaitBeyondTheDeadlineGoesToSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackOverall = 45 * time.Second }, func(t *testing.T, r *rig) {
		r.ways["meta"].pace.Hold(time.Minute, time.Now())
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Zero(t, r.whatsapp.count())
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, ReasonBusy, r.store.get(id).NoWhatsApp)
	})
}

// Providers may ask for longer than a code lives.
func TestNoWaitOutlivesTheCode(t *testing.T) {
	t.Parallel()
	hour := &DeliveryError{Class: ClassThrottled, RetryAfter: time.Hour}
	for name, mode := range map[string]Mode{"WhatsApp": WhatsAppOnly, "SMS": SMSOnly} {
		inBubble(t, func(p *Policy) { p.Mode = mode }, func(t *testing.T, r *rig) {
			r.whatsapp.next, r.sms.next = []error{hour}, []error{hour}
			id := r.accept(t, 1, true)
			r.pass(5*time.Minute + time.Second)
			require.Equal(t, StateExpired, r.store.get(id).State, name)
			require.True(t, r.store.get(id).Code.IsZero(), name)
		})
	}
}

// A code lives for minutes: what a provider asks for holds everyone for one.
func TestNoPauseHoldsEveryoneForLong(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, Code: "130429", RetryAfter: time.Hour}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		r.accept(t, 2, true)
		r.pass(58 * time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		r.pass(12 * time.Second)
		require.Equal(t, 2, r.whatsapp.count())
	})
}

// A proxy can say 429 too.
func TestPauseWithoutTheProvidersCodeHoldsItsMessageOnly(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, RetryAfter: time.Hour}}
		held := r.accept(t, 1, true)
		r.pass(time.Second)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count())
		require.Equal(t, 1, r.sms.count(), "it does not wait an hour")
		require.Equal(t, StateHandedOver, r.store.get(held).State)
	})
}

func TestSMSWaitsForNoPaceOfWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.ways["meta"].pace.Hold(30*time.Second, time.Now())
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.sms.count())
	})
}

func TestPaceKeepsToTheRate(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.ways["meta"].pace = NewPace(10)
		for id := range byte(60) {
			r.accept(t, id+1, true)
		}
		r.pass(2 * time.Second)
		require.LessOrEqual(t, r.whatsapp.count(), 23)
		require.GreaterOrEqual(t, r.whatsapp.count(), 10)
		r.pass(20 * time.Second)
		require.Equal(t, 60, r.whatsapp.count())
	})
}

// 131056: 4^n seconds after the pair limit's six, while that fits.
func TestPairLimitBacksOffByPowersOfFour(t *testing.T) {
	t.Parallel()
	pair := &DeliveryError{Class: ClassPair, RetryAfter: 6 * time.Second}
	p := testPolicy()
	d := testDelivery(t, nil)
	now := 0
	for _, pause := range []int{7, 10, 22} {
		d = p.begin(d, WhatsApp, "meta", at(now))
		d = p.finish(d, len(d.Attempts), Taken{}, pair, at(now))
		require.Equal(t, Step{Action: Wait, At: at(now + pause)}, p.Next(d, at(now)))
		now += pause
	}
	d = p.begin(d, WhatsApp, "meta", at(now))
	d = p.finish(d, len(d.Attempts), Taken{}, pair, at(now))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(now)), "70 s do not fit")
}

// After a stop that was cut to a minute one send finds out whether it is over, and the
// others follow its answer.
func TestOneSendGoesFirstAfterACutStop(t *testing.T) {
	t.Parallel()
	p, now := NewPace(100), at(0)
	p.Hold(time.Hour, now)
	require.Equal(t, time.Minute, p.wait(now))
	p.Resume(at(1))
	require.Equal(t, time.Minute, p.wait(now), "nothing ends it before its time")

	now = at(60)
	_, taken := p.reserve(now, shortWait)
	require.True(t, taken)
	p.Resume(at(-1))
	wait, taken := p.reserve(now, shortWait)
	require.False(t, taken, "one at a time, and an answer to an older request proves nothing")
	require.Equal(t, probeTime, wait)
	_, taken = p.reserve(at(70), shortWait)
	require.True(t, taken, "the first had no answer")
	p.Resume(at(70))
	require.Zero(t, p.wait(at(71)))

	p.Hold(5*time.Second, at(100))
	_, _ = p.reserve(at(105), shortWait)
	require.Zero(t, p.wait(at(105)), "a stop of the length that was asked for is over")
}

func TestOthersFollowTheOneThatWentFirst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, Code: "130429", RetryAfter: time.Hour}}
		r.accept(t, 1, true)
		r.pass(61 * time.Second)
		r.whatsapp.took = 200 * time.Millisecond
		r.accept(t, 2, true)
		r.accept(t, 3, true)
		r.pass(150 * time.Millisecond)
		require.Equal(t, 2, r.whatsapp.count())
		r.pass(100 * time.Millisecond)
		r.accept(t, 4, true)
		r.pass(100 * time.Millisecond)
		require.Equal(t, 3, r.whatsapp.count(), "the stop is over")
	})
}

func TestNoRate(t *testing.T) {
	t.Parallel()
	p := NewPace(0)
	for range 1000 {
		wait, taken := p.reserve(at(0), shortWait)
		require.True(t, taken)
		require.Zero(t, wait)
	}
	require.Zero(t, p.wait(at(0)))
}

// A rate that a provider set for a number holds over all replicas that send by it.
func TestReplicasShareARate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate, replicas int
		sent           int // in ten seconds
	}{
		"alone":                     {80, 1, 800 + 9},
		"one of two":                {80, 2, 400 + 5},
		"one of three":              {80, 3, 266 + 3},
		"more replicas than places": {1, 4, 2 + 1},
		"a provider without a rate": {0, 4, 10_001},
	} {
		p := NewPace(c.rate)
		p.Share(c.replicas, at(0))
		sent := 0
		for ms := range 10_001 {
			now := at(0).Add(time.Duration(ms) * time.Millisecond)
			if p.wait(now) == 0 {
				_, taken := p.reserve(now, shortWait)
				require.True(t, taken)
				sent++
			}
		}
		require.InDelta(t, c.sent, sent, 1, name)
	}
}
