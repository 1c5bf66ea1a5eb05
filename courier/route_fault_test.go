package courier

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

// The process that takes the reports has told by the delivery alone: who takes that over
// learns from it, unless the number is well again since then.
func TestAFaultReportedToAnotherProcessIsLearned(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		p := r.policy
		p.SentElsewhere = true
		elsewhere := &Tracker{
			Store: r.store, Books: Books{Policy: p}, Observer: &watcher{}, HandOver: func(Delivery) {}, Now: time.Now,
			Breakers: &Breakers{ProbeEvery: 30 * time.Second, Routes: p.Routes, Observer: &watcher{}},
		}
		fail := func(id ID) {
			t.Helper()
			require.NoError(t, elsewhere.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}}))
		}
		first, earlier := r.accept(t, 1, true), r.accept(t, 2, true)
		r.pass(time.Second)
		fail(first)
		r.pass(time.Second)
		require.Equal(t, []string{Account}, r.watcher.seen().broken)
		require.Equal(t, 1, r.sms.count())
		r.accept(t, 3, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count(), "the next person is spared WhatsApp")
		require.Equal(t, 2, r.sms.count())

		r.breakers.Close(Account, true, time.Now())
		fail(earlier)
		r.pass(time.Second)
		require.Equal(t, []string{Account}, r.watcher.seen().broken, "an attempt of before then is no news")
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
					if after, _ := r.byRoute(d, Step{Action: Send, Channel: WhatsApp}, turn{}, time.Now()); after.NoWhatsApp != "" {
						left.Add(1)
					}
				})
			}
			all.Wait()
		}
		require.Zero(t, left.Load())
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
					_, err := r.store.Save(t.Context(), r.policy.finish(d, 1, Taken{ProviderID: "x", Receipts: true}, nil, time.Now()), nil)
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
