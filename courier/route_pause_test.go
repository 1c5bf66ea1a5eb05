package courier

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One that is throttled is asked again when it said so, and not before.
func TestThrottledRouteComesBack(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := testDelivery(t, nil)
	for _, name := range []string{"meta", "second"} {
		d = p.begin(d, WhatsApp, name, at(0))
		d = p.finish(d, len(d.Attempts), Taken{}, &DeliveryError{Class: ClassThrottled, RetryAfter: 20 * time.Second}, at(0))
	}
	require.Equal(t, Step{Action: Wait, At: at(20)}, p.Next(d, at(0)))
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(20)))
	require.Equal(t, []string{"meta", "second"}, names(p.routes(d, WhatsApp, at(20))))
}

// Whichever route asked for the shorter pause is the next, also when the other one
// failed after it, for longer or for good.
func TestPausedRouteIsWaitedForWhileAnotherIsClosed(t *testing.T) {
	t.Parallel()
	throttled := func(after time.Duration) *DeliveryError {
		return &DeliveryError{Class: ClassThrottled, RetryAfter: after}
	}
	banned := &DeliveryError{Class: ClassAccount}
	for name, c := range map[string]struct {
		mode   Mode
		routes [2]string
		second error
	}{
		"number asked for longer":         {WhatsAppOrSMS, [2]string{"meta", "second"}, throttled(time.Hour)},
		"number banned":                   {WhatsAppOrSMS, [2]string{"meta", "second"}, banned},
		"number banned, no SMS":           {WhatsAppOnly, [2]string{"meta", "second"}, banned},
		"number asked for longer, no SMS": {WhatsAppOnly, [2]string{"meta", "second"}, throttled(time.Hour)},
		"provider asked for longer":       {SMSOnly, [2]string{"twilio", "reserve"}, throttled(time.Hour)},
		"provider refuses us":             {SMSOnly, [2]string{"twilio", "reserve"}, banned},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			twoOfEach(&p)
			p.Mode = c.mode
			d, channel := testDelivery(t, nil), WhatsApp
			if c.mode == SMSOnly {
				channel = SMS
			}
			d = p.finish(p.begin(d, channel, c.routes[0], at(0)), 1, Taken{}, throttled(20*time.Second), at(0))
			d = p.finish(p.begin(d, channel, c.routes[1], at(0)), 2, Taken{}, c.second, at(0))
			require.Equal(t, Step{Action: Wait, At: at(20)}, p.Next(d, at(0)))
			require.Equal(t, Step{Action: Send, Channel: channel}, p.Next(d, at(20)))
			require.Equal(t, c.routes[:1], names(p.routes(d, channel, at(20))))
		})
	}
}

// With SMS as a way, nobody waits for a paused number beyond the deadline.
func TestPausedRouteIsNotWaitedForBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, &DeliveryError{Class: ClassThrottled, RetryAfter: time.Minute}, at(0))
	d = p.finish(p.begin(d, WhatsApp, "second", at(0)), 2, Taken{}, &DeliveryError{Class: ClassAccount}, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
}

// A throttled number leaves everyone to the next one at once.
func TestThrottledNumberIsPassedOver(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, Code: "130429", RetryAfter: 20 * time.Second}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		for id := byte(2); id < 9; id++ {
			r.accept(t, id, true)
		}
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Equal(t, 8, r.second.count())
		require.Zero(t, r.sms.count())
		r.pass(20 * time.Second)
		r.accept(t, 9, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count())
	})
}

// What one number's rate does not allow goes by the next.
func TestRateOverflowsToTheNextNumber(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) {
		twoOfEach(p)
		p.Routes[0].Rate = 1
	}, func(t *testing.T, r *rig) {
		for id := byte(1); id < 6; id++ {
			r.accept(t, id, true)
		}
		r.pass(100 * time.Millisecond)
		require.Equal(t, 1, r.whatsapp.count())
		require.Equal(t, 4, r.second.count())
	})
}

// A place that another message took meanwhile is no reason to wait while another
// route has one.
func TestPlaceTakenMeanwhileLeadsToTheNextRoute(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { twoOfEach(p); p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		// Both have looked before one of them takes the place.
		looked, both := atomic.Int32{}, make(chan struct{})
		r.store.found = func() {
			if looked.Add(1) == 2 {
				close(both)
			}
			<-both
		}
		r.ways["twilio"].lane.size, r.sms.took = 1, time.Second
		r.accept(t, 1, true)
		r.accept(t, 2, true)
		r.pass(500 * time.Millisecond)
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, 1, r.reserve.count())
	})
}

// A number that Meta holds back for long is not waited for beyond the deadline while
// the other one is full for a moment.
func TestFullNumberIsPreferredToALongWait(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		r.ways["meta"].pace.Hold(50*time.Second, time.Now())
		r.ways["second"].lane.size, r.second.took = 1, time.Second
		r.accept(t, 1, true)
		r.accept(t, 2, true)
		r.pass(6 * time.Second)
		require.Equal(t, 2, r.second.count())
		require.Zero(t, r.sms.count())
	})
}

// What is paused for longer than the code lives is no way.
func TestNumberPausedForLongIsNotWaitedForWhenSMSFails(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, &DeliveryError{Class: ClassThrottled, RetryAfter: time.Hour}, at(0))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, &DeliveryError{Class: ClassAccount}, at(0))
	require.Equal(t, StateFailed, d.State)
}

// However the wait for a held number is spread, SMS goes at its deadline.
func TestSpreadWaitKeepsTheDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) {
		p.Spread = func(wait time.Duration) time.Duration { return wait + 2*time.Second }
	}, func(t *testing.T, r *rig) {
		r.ways["meta"].pace.Hold(time.Minute, time.Now())
		r.pass(100 * time.Millisecond)
		r.accept(t, 1, true)
		r.pass(60*time.Second + 500*time.Millisecond)
		require.Equal(t, 1, r.sms.count()+r.whatsapp.count())
	})
}
