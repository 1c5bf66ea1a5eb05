package courier

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// twoOfEach has a second WhatsApp number and an SMS provider in reserve.
func twoOfEach(p *Policy) {
	p.Routes = Routes{
		{Name: "meta", Channel: WhatsApp, Rate: 1000},
		{Name: "second", Channel: WhatsApp, Rate: 1000},
		{Name: "twilio", Channel: SMS},
		{Name: "reserve", Channel: SMS},
	}
}

func names(routes Routes) (names []string) {
	for _, r := range routes {
		names = append(names, r.Name)
	}
	return names
}

func TestRoutesServeTheirCountries(t *testing.T) {
	t.Parallel()
	routes := Routes{
		{Name: "meta", Channel: WhatsApp},
		{Name: "brazil", Channel: SMS, Regions: []string{"BR", "PT"}},
		{Name: "all", Channel: SMS},
		{Name: "us", Channel: SMS, Regions: []string{"US"}},
	}
	for number, want := range map[string][]string{
		"+5521987654321": {"brazil", "all"},
		"+12025550143":   {"all", "us"},
		"+447700900123":  {"all"},
	} {
		require.Equal(t, want, names(routes.serving(KnownPhone(number), SMS)), number)
	}
}

// People are shared out by weight, everyone stays with one number, and only those of
// a number that is taken out move.
func TestWeightsShareOutPeople(t *testing.T) {
	t.Parallel()
	routes := Routes{
		{Name: "reserve", Channel: WhatsApp},
		{Name: "large", Channel: WhatsApp, Weight: 3},
		{Name: "small", Channel: WhatsApp, Weight: 1},
		{Name: "other", Channel: WhatsApp, Weight: 4},
	}
	const people = 4000
	shares := map[string]int{}
	for i := range people {
		to := KnownPhone(fmt.Sprintf("+1202555%04d", i))
		served := names(routes.serving(to, WhatsApp))
		require.Equal(t, "reserve", served[3])
		shares[served[0]]++
		if served[0] == "other" {
			continue
		}
		require.Equal(t, served[0], routes[:3].serving(to, WhatsApp)[0].Name, "without the number that was not theirs")
	}
	require.InDelta(t, people/2, shares["other"], people/25)
	require.InDelta(t, people*3/8, shares["large"], people/25)
	require.InDelta(t, people/8, shares["small"], people/25)
}

// What a failure on one route means for the next.
func TestNextRoute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		channel Channel
		fault   *DeliveryError
		tries   int
		want    []string // the routes by which it may leave now; nil: not on this channel
	}{
		"number banned":                {WhatsApp, &DeliveryError{Class: ClassAccount}, 1, []string{"second"}},
		"number throttled":             {WhatsApp, &DeliveryError{Class: ClassThrottled, RetryAfter: 20 * time.Second}, 1, []string{"second"}},
		"Meta has a problem":           {WhatsApp, &DeliveryError{Class: ClassTransient}, 3, nil},
		"our request":                  {WhatsApp, &DeliveryError{Class: ClassConfig}, 1, nil},
		"not on WhatsApp":              {WhatsApp, &DeliveryError{Class: ClassAbsent}, 1, nil},
		"no answer":                    {WhatsApp, &DeliveryError{Class: ClassUnknown}, 1, nil},
		"provider's account":           {SMS, &DeliveryError{Class: ClassAccount}, 1, []string{"reserve"}},
		"provider refuses us":          {SMS, &DeliveryError{Class: ClassConfig}, 1, []string{"reserve"}},
		"provider throttles":           {SMS, &DeliveryError{Class: ClassThrottled, RetryAfter: time.Minute}, 1, []string{"reserve"}},
		"provider has a problem":       {SMS, &DeliveryError{Class: ClassTransient}, 1, nil},
		"provider has a problem still": {SMS, &DeliveryError{Class: ClassTransient}, 2, []string{"reserve"}},
		"provider may have it":         {SMS, &DeliveryError{Class: ClassDoubtful}, 2, []string{"reserve"}},
		"no such number":               {SMS, &DeliveryError{Class: ClassRecipient}, 1, nil},
		"never again":                  {SMS, &DeliveryError{Class: ClassFinal}, 1, nil},
		"provider gave no answer":      {SMS, &DeliveryError{Class: ClassUnknown}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			twoOfEach(&p)
			d := testDelivery(t, func(d *Delivery) {
				if c.channel == SMS {
					d.Asked = SMS
				}
			})
			first := p.Routes.of(c.channel)[0].Name
			for range c.tries {
				d = p.begin(d, c.channel, first, at(0))
				d = p.finish(d, len(d.Attempts), Taken{}, c.fault, at(0))
			}
			step := p.Next(d, at(0))
			if c.want == nil {
				require.NotEqual(t, Step{Action: Send, Channel: c.channel}, step)
				return
			}
			require.Equal(t, Step{Action: Send, Channel: c.channel}, step)
			require.Equal(t, c.want, names(p.routes(d, c.channel, at(0))))
		})
	}
}

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

// An account fault of the last route leads to the next channel.
func TestNoRouteIsTriedForEver(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := testDelivery(t, nil)
	banned := &DeliveryError{Class: ClassAccount}
	d = p.finish(p.begin(d, WhatsApp, "meta", at(0)), 1, Taken{}, banned, at(0))
	d = p.finish(p.begin(d, WhatsApp, "second", at(0)), 2, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 3, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
	d = p.finish(p.begin(d, SMS, "reserve", at(0)), 4, Taken{}, banned, at(0))
	require.Equal(t, StateFailed, d.State)
}

// RTY-9: an SMS whose outcome is unknown is repeated by the next provider.
func TestUnknownSMSIsRepeatedByTheNextRoute(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) {
		twoOfEach(p)
		p.Mode, p.RepeatUnknown, p.ReceiptWait = SMSOnly, 1, 20*time.Second
	}, func(t *testing.T, r *rig) {
		r.sms.next = []error{&DeliveryError{Class: ClassUnknown}}
		id := r.accept(t, 1, true)
		r.pass(19 * time.Second)
		require.Zero(t, r.reserve.count())
		r.pass(2 * time.Second)
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, 1, r.reserve.count())
		require.Equal(t, StateHandedOver, r.store.get(id).State)
	})
}

// FBK-19: a banned number is passed over by everyone until its probe gets through.
func TestBannedNumberIsPassedOver(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "131031"}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, []string{"account:meta"}, r.watcher.seen().broken)
		r.accept(t, 2, true)
		r.accept(t, 3, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Equal(t, 3, r.second.count())
		require.Equal(t, "second", r.store.get(ID{3}).Attempts[0].Provider)

		r.pass(30 * time.Second)
		sms := r.sms.count()
		r.accept(t, 4, true)
		r.accept(t, 5, true)
		r.pass(time.Second)
		require.Equal(t, []string{"account:meta"}, r.watcher.seen().mended)
		require.Equal(t, sms, r.sms.count(), "none because of the number")
		r.accept(t, 6, true)
		r.pass(time.Second)
		require.Equal(t, "meta", r.store.get(ID{6}).Attempts[0].Provider, "the first comes first again")
	})
}

// A reported account fault is about the number that sent the message.
func TestReportedFaultBreaksTheRouteThatSent(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}}))
		r.pass(time.Second)
		require.Equal(t, []string{"account:meta"}, r.watcher.seen().broken)
		require.Equal(t, 1, r.second.count(), "the message itself goes by the next number")
		require.Zero(t, r.sms.count())
	})
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

// FBK-18: the second SMS provider takes over, one message now and then finds out
// whether the first is well again, and whoever meets its fault waits for nothing.
func TestSecondSMSProviderTakesOver(t *testing.T) {
	t.Parallel()
	refused := &DeliveryError{Class: ClassAccount, Code: "20003"}
	inBubble(t, func(p *Policy) { twoOfEach(p); p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.sms.next = []error{refused, refused}
		for id := byte(1); id < 4; id++ {
			r.accept(t, id, true)
			r.pass(time.Second)
		}
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, 3, r.reserve.count())
		require.Equal(t, []string{"sms:twilio"}, r.watcher.seen().broken)

		r.pass(30 * time.Second)
		r.sms.took = 100 * time.Millisecond
		for id := byte(4); id < 8; id++ {
			r.accept(t, id, true)
		}
		r.pass(time.Second)
		require.Equal(t, 2, r.sms.count(), "one probe, although its answer takes a while")
		require.Equal(t, 7, r.reserve.count())

		r.pass(30 * time.Second)
		r.accept(t, 8, true)
		r.pass(time.Second)
		require.Equal(t, []string{"sms:twilio"}, r.watcher.seen().mended)
		require.Equal(t, 7, r.reserve.count())
	})
}

// A person for whom WhatsApp is degraded goes by the second SMS provider before
// WhatsApp is tried after all.
func TestSecondSMSProviderComesBeforeADegradedWhatsApp(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := withoutWhatsApp(testDelivery(t, nil), ReasonDegraded)
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 1, Taken{}, &DeliveryError{Class: ClassAccount}, at(0))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(0)))
	d = p.finish(p.begin(d, SMS, "reserve", at(0)), 2, Taken{}, &DeliveryError{Class: ClassAccount}, at(0))
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(0)))
}

// When the time of WhatsApp is over, no further number is tried.
func TestNoOtherNumberAfterTheDeadline(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(59)), 1, Taken{}, &DeliveryError{Class: ClassAccount}, at(60))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(60)))
	p.Mode = WhatsAppOnly
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(60)))
}

// When no SMS provider is well, the first is asked all the same: there is no other
// hope.
func TestEverySMSProviderIsDown(t *testing.T) {
	t.Parallel()
	refused := &DeliveryError{Class: ClassAccount}
	inBubble(t, func(p *Policy) { twoOfEach(p); p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.sms.next, r.reserve.next = []error{refused, nil}, []error{refused}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, StateFailed, r.store.get(ID{1}).State)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateHandedOver, r.store.get(ID{2}).State)
		require.Equal(t, 2, r.sms.count())
	})
}

// What concerns all numbers is probed by one that is in order otherwise: the probe of a
// banned number would tell nothing, and take that of the others away.
func TestBannedNumberDoesNotTakeTheProbeOfAll(t *testing.T) {
	t.Parallel()
	inBubble(t, twoOfEach, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		for range 20 {
			r.whatsapp.next = append(r.whatsapp.next, &DeliveryError{Class: ClassAccount, Code: "131031"})
		}
		r.accept(t, 1, true)
		r.pass(time.Second)
		r.breakers.Open(Webhooks, "", "silence", true, time.Now())
		for id := byte(2); id < 6; id++ {
			r.pass(31 * time.Second)
			r.accept(t, id, true)
		}
		r.pass(time.Second)
		last := r.store.get(ID{5}).Attempts
		require.Equal(t, "second", last[0].Provider)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: ID{5}, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Equal(t, []string{Webhooks}, r.watcher.seen().mended)
	})
}

// A place that another message took meanwhile is no reason to wait while another
// route has one.
func TestPlaceTakenMeanwhileLeadsToTheNextRoute(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { twoOfEach(p); p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.store.found = func() { time.Sleep(10 * time.Millisecond) }
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

// Of those that find a place for a probe at the same instant one gets it; the others
// go by the number that is in order.
func TestProbeOfOneLeavesTheOthersOnWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { twoOfEach(p); p.Routes[0].Rate = 1 }, func(t *testing.T, r *rig) {
		d := testDelivery(t, nil)
		var left atomic.Int32
		for range 300 {
			r.breakers.Open("account:meta", "", "", false, time.Now())
			r.pass(31 * time.Second)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if after, _ := r.byRoute(d, Step{Action: Send, Channel: WhatsApp}, "", time.Now()); after.NoWhatsApp != "" {
						left.Add(1)
					}
				})
			}
			all.Wait()
		}
		require.Zero(t, left.Load())
	})
}

// SMS fails for good: a second number that was degraded when WhatsApp was left is tried
// before the person gets nothing.
func TestDegradedNumberIsTriedWhenSMSFails(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	banned := &DeliveryError{Class: ClassAccount}
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, banned, at(0))
	d = withoutWhatsApp(d, ReasonDegraded)
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, banned, at(0))
	d = p.finish(p.begin(d, SMS, "reserve", at(0)), 3, Taken{}, banned, at(0))
	require.Equal(t, Step{Action: Send, Channel: WhatsApp}, p.Next(d, at(0)))
	require.Equal(t, []string{"second"}, names(p.routes(d, WhatsApp, at(0))))
	d = p.finish(p.begin(d, WhatsApp, "second", at(0)), 4, Taken{}, banned, at(0))
	require.Equal(t, StateFailed, d.State)
}

// What is paused for longer than the code lives is no way.
func TestNumberPausedForLongIsNotWaitedForWhenSMSFails(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, &DeliveryError{Class: ClassThrottled, RetryAfter: time.Hour}, at(0))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, &DeliveryError{Class: ClassAccount}, at(0))
	require.Equal(t, StateFailed, d.State)
}

// That does not go for what a person gets on no number.
func TestNoNumberIsTriedAfterAFaultOfTheRecipient(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	twoOfEach(&p)
	d := p.finish(p.begin(testDelivery(t, nil), WhatsApp, "meta", at(0)), 1, Taken{}, &DeliveryError{Class: ClassRecipient}, at(0))
	d = p.finish(p.begin(d, SMS, "twilio", at(0)), 2, Taken{}, &DeliveryError{Class: ClassRecipient}, at(0))
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

// A number that was taken out after it was banned is still reported about. That is no
// fault of those that are left.
func TestReportsOfARemovedRouteBreakNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Policy){"one is left": nil, "two are left": twoOfEach} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, change, func(t *testing.T, r *rig) {
				for i, channel := range []Channel{WhatsApp, SMS} {
					id := r.accept(t, byte(i+1), false)
					d := r.policy.begin(r.store.get(id), channel, "removed", time.Now())
					_, err := r.store.Save(t.Context(), r.policy.finish(d, 1, Taken{ProviderID: "x", Receipts: true}, nil, time.Now()))
					require.NoError(t, err)
					require.NoError(t, r.tracker.Track(t.Context(), []Report{{
						Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "1", At: time.Now(),
					}}))
					require.Equal(t, AttemptFailed, r.store.get(id).Attempts[0].State)
				}
				require.Empty(t, r.watcher.seen().broken)
			})
		})
	}
}
