package courier

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// rig is a dispatcher at work, inside a synctest bubble.
type rig struct {
	store    *fakeStore
	whatsapp *fakeSender
	sms      *fakeSender
	// second and reserve are the senders of further routes.
	second, reserve *fakeSender

	watcher *watcher
	tracker *Tracker
	*Dispatcher
}

func inBubble(t *testing.T, change func(*Policy), test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := testPolicy()
		if change != nil {
			change(&p)
		}
		r := &rig{
			store: newFakeStore(), watcher: &watcher{},
			whatsapp: &fakeSender{name: "meta"}, sms: &fakeSender{name: "twilio"},
			second: &fakeSender{name: "second"}, reserve: &fakeSender{name: "reserve"},
		}
		breakers := &Breakers{ProbeEvery: 30 * time.Second, Routes: p.Routes, Observer: r.watcher}
		r.Dispatcher = NewDispatcher(Setup{
			Store: r.store, Senders: map[string]Sender{
				"meta": r.whatsapp, "twilio": r.sms, "second": r.second, "reserve": r.reserve,
			},
			Books:    Books{Policy: p, Budgets: Budgets{Total: []Rate{{Max: 2, Window: time.Hour}}}},
			Breakers: breakers, Observer: r.watcher, Now: time.Now,
		})
		r.tracker = &Tracker{Store: r.store, Books: Books{Policy: p}, Breakers: breakers, Observer: r.watcher, HandOver: r.Offer, Now: time.Now}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx) }()
		test(t, r)
		cancel()
		<-done
	})
}

// accept stores a new delivery to a person of its own and, unless it is to look
// like one left behind by a crash, hands it over.
func (r *rig) accept(t *testing.T, id byte, handOver bool) ID {
	t.Helper()
	return r.acceptTo(t, fmt.Sprintf("+120255501%02d", id), id, handOver)
}

// acceptAs is accept for the person with this number, under this id.
func (r *rig) acceptAs(t *testing.T, number string, id ID) {
	t.Helper()
	phone, err := ParsePhone(number)
	require.NoError(t, err)
	code, err := NewCode("123450")
	require.NoError(t, err)
	d := newDelivery(id, Message{TemplateType: "login_code_valid", Purpose: Login, To: phone, Code: code}, r.policy, time.Now())
	got, err := r.store.Accept(t.Context(), d, AcceptRules{})
	require.NoError(t, err)
	r.Offer(got.Delivery)
}

// acceptTo is accept for the person with this number.
func (r *rig) acceptTo(t *testing.T, number string, id byte, handOver bool) ID {
	t.Helper()
	code, err := NewCode("12345" + string('0'+rune(id)))
	require.NoError(t, err)
	phone, err := ParsePhone(number)
	require.NoError(t, err)
	d := newDelivery(ID{id}, Message{TemplateType: "login_code_valid", Purpose: Login, To: phone, Code: code, Identity: "someone"}, r.policy, time.Now())
	got, err := r.store.Accept(t.Context(), d, AcceptRules{})
	require.NoError(t, err)
	if handOver {
		r.Offer(got.Delivery)
	}
	return d.ID
}

// pass lets the bubble's time go by, until everybody waits again. No real time
// passes: synctest moves the clock on.
func (r *rig) pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

func TestDispatchSendsOnceAndWaits(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, StateSent, r.store.get(id).State)
		require.Equal(t, Reference(id, 1), r.whatsapp.outgoing()[0].Reference)
		require.EqualValues(t, 3, r.store.get(id).Version, "one commit before the request and one after it")
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		r.pass(10 * time.Minute)
		require.Equal(t, StateDelivered, r.store.get(id).State)
		require.Equal(t, 1, r.whatsapp.count())
		require.Zero(t, r.sms.count())
		require.Equal(t, []State{StateDelivered}, r.watcher.seen().ended)
	})
}

func TestDispatchFallsBackOnSilence(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(29 * time.Second)
		require.Zero(t, r.sms.count())
		r.pass(2 * time.Second)
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, "123451", r.sms.outgoing()[0].Code.Reveal(), "the same code")
		require.Equal(t, StateHandedOver, r.store.get(id).State)
		require.Equal(t, []string{"whatsapp accepted", "sms accepted"}, r.watcher.seen().attempted)
		require.Equal(t, []State{StateHandedOver}, r.watcher.seen().ended)
	})
}

func TestDispatchFallsBackAtOnceOnAFailedReport(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		failed := []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassRecipient, At: time.Now()}}
		require.NoError(t, r.tracker.Track(t.Context(), failed))
		require.NoError(t, r.tracker.Track(t.Context(), failed))
		synctest.Wait()
		require.Equal(t, 1, r.sms.count())
	})
}

func TestDispatchRetriesThenFallsBack(t *testing.T) {
	t.Parallel()
	passing := &DeliveryError{Class: ClassTransient}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{passing, passing, passing}
		id := r.accept(t, 1, true)
		r.pass(20 * time.Second)
		require.Equal(t, 3, r.whatsapp.count())
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, StateHandedOver, r.store.get(id).State)
	})
	// FBK-5: transient errors, then success: no SMS.
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{passing, nil}
		r.accept(t, 1, true)
		r.pass(10 * time.Second)
		require.Equal(t, 2, r.whatsapp.count())
		require.Zero(t, r.sms.count())
	})
}

// RTY-7: a timeout after the request left is never repeated on WhatsApp.
func TestDispatchNeverRepeatsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.took = time.Hour
		id := r.accept(t, 1, true)
		r.pass(time.Minute)
		d := r.store.get(id)
		require.Equal(t, 1, d.Tries(WhatsApp))
		require.Equal(t, AttemptUnknown, d.Attempts[0].State)
		require.Equal(t, 1, r.sms.count())
	})
}

// A status that comes for an unknown outcome settles it.
func TestStatusSettlesAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassUnknown}}
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		r.pass(time.Minute)
		require.Zero(t, r.sms.count())
	})
}

func TestDispatchTakesOverWhatACrashLeft(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, false)
		r.pass(4 * time.Second)
		require.Equal(t, StateSent, r.store.get(id).State, "accepted: it is sent")

		sending := r.policy.begin(r.store.get(r.accept(t, 2, false)), WhatsApp, "meta", time.Now())
		_, err := r.store.Save(t.Context(), sending, nil)
		require.NoError(t, err)
		r.pass(29 * time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "sending: not sent again")
		r.pass(2 * time.Second)
		require.Equal(t, 2, r.sms.count(), "its deadline decides")
	})
}

func TestDispatchStopsAtTheSMSBudget(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		for id := range byte(3) {
			r.accept(t, id+1, true)
			r.pass(time.Second)
		}
		require.Equal(t, 2, r.sms.count())
		require.Equal(t, StateFailed, r.store.get(ID{3}).State)
		require.Equal(t, "sms_total_limit", r.store.get(ID{3}).Reason)
		require.True(t, r.store.get(ID{3}).Code.IsZero())
	})
}

func TestDispatchSendsNothingAfterTheCodesLife(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.CodeLife = 35 * time.Second }, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Minute)
		require.Zero(t, r.sms.count(), "at 30 s only 5 s of life are left")
		require.Equal(t, StateExpired, r.store.get(id).State)
		require.Equal(t, []State{StateExpired}, r.watcher.seen().ended)
	})
}

// Someone changes the delivery between the decision and its record: the
// outcome of the request is recorded all the same, on top of the change.
func TestDispatchRecordsTheOutcomeWhateverHappenedMeanwhile(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, false)
		saves := 0
		r.store.beforeSave = func(d Delivery) {
			if saves++; saves != 2 {
				return
			}
			r.store.mu.Lock()
			current := r.store.kept[id]
			current, _ = r.policy.record(current, Report{Attempt: 1, State: AttemptSent, At: time.Now()}, time.Now())
			current.Version++
			r.store.kept[id] = current
			r.store.mu.Unlock()
		}
		r.Offer(r.store.get(id))
		r.pass(time.Second)
		d := r.store.get(id)
		require.Equal(t, AttemptSent, d.Attempts[0].State)
		require.NotEmpty(t, d.Attempts[0].ProviderID)
		require.NotZero(t, d.Attempts[0].AcceptedAt)
	})
}

func TestOfferOfTheSameDeliveryTwiceSendsOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, false)
		for range 10 {
			r.Offer(r.store.get(id))
		}
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Empty(t, r.watcher.seen().trouble, "that somebody else was faster is no trouble")
	})
}

// More deliveries than are worked on at once, one after the other.
func TestWorkersAreGivenBack(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.workers = make(chan struct{}, 2)
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(time.Second)
		require.Equal(t, 9, r.whatsapp.count())
	})
}

func TestDispatchSendsNothingThatItCannotRecord(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, false)
		d := r.store.get(id)
		r.store.mu.Lock()
		r.store.broken = errors.New("disk full")
		r.store.mu.Unlock()
		r.Offer(d)
		r.pass(10 * time.Second)
		require.Zero(t, r.whatsapp.count())
		require.Contains(t, r.watcher.seen().trouble, "claiming due deliveries")
		require.Contains(t, r.watcher.seen().trouble, "advancing delivery "+id.String())
		r.store.mu.Lock()
		r.store.broken = nil
		r.store.mu.Unlock()
		r.pass(4 * time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "it goes on by itself")
	})
}

// One delivery that no one can read any more holds up no report of others.
func TestReportsOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		lost, fine := r.accept(t, 1, true), r.accept(t, 2, true)
		r.pass(time.Second)
		r.store.lose(lost)
		byReference := Report{Delivery: lost, Attempt: 1, State: AttemptDelivered, At: time.Now()}
		byID := Report{Provider: "meta", ProviderID: "meta-" + Reference(lost, 1), State: AttemptDelivered, At: time.Now()}
		good := Report{Delivery: fine, Attempt: 1, State: AttemptDelivered, At: time.Now()}
		require.NoError(t, r.tracker.Track(t.Context(), []Report{byReference, byID, good}))
		require.NoError(t, r.tracker.Disown(t.Context(), "meta", byID.ProviderID))
		require.Equal(t, StateDelivered, r.store.get(fine).State)
		require.ElementsMatch(t, []string{
			"recording a report", "finding the delivery of a report", "finding the delivery of a report",
		}, r.watcher.seen().trouble)
	})
}

func TestRunFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, sender := newFakeStore(), &fakeSender{name: "meta", took: 2 * time.Second}
		x := NewDispatcher(Setup{
			Store: store, Senders: map[string]Sender{"meta": sender}, Books: Books{Policy: testPolicy()},
			Breakers: &Breakers{}, Observer: &watcher{}, Now: time.Now,
		})
		r := &rig{store: store, Dispatcher: x}
		id := r.accept(t, 1, true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); x.Run(ctx) }()
		r.pass(time.Second)
		cancel()
		<-done
		require.Equal(t, StateSent, store.get(id).State)
	})
}
