package courier

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// FBK-14: the next code for a number that is not on WhatsApp goes to SMS at once.
func TestAbsentNumberIsRemembered(t *testing.T) {
	t.Parallel()
	rules := func(r *rig, d Delivery) AcceptRules { return Limits{}.accept(d, r.policy, 0) }
	next := func(t *testing.T, r *rig, id byte, asked Channel) ID {
		t.Helper()
		d := testDelivery(t, func(d *Delivery) {
			d.ID, d.Asked, d.AcceptedAt, d.ExpiresAt = ID{id}, asked, time.Now(), time.Now().Add(5*time.Minute)
			d.Code, _ = NewCode("77777" + string('0'+rune(id)))
		})
		got, err := r.store.Accept(t.Context(), d, rules(r, d))
		require.NoError(t, err)
		r.Offer(got.Delivery)
		r.pass(time.Second)
		return d.ID
	}
	absent := &DeliveryError{Class: ClassAbsent, Code: "131026"}
	for name, learn := range map[string]func(*testing.T, *rig){
		"from the answer": func(t *testing.T, r *rig) {
			t.Helper()
			r.whatsapp.next = []error{absent}
			next(t, r, 1, "")
		},
		"from a report": func(t *testing.T, r *rig) {
			t.Helper()
			id := next(t, r, 1, "")
			require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAbsent, At: time.Now()}}))
			synctest.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, nil, func(t *testing.T, r *rig) {
				r.books.Load().Budgets = Budgets{}
				learn(t, r)
				require.Equal(t, 1, r.whatsapp.count())
				second := next(t, r, 2, "")
				require.Equal(t, 1, r.whatsapp.count())
				require.Equal(t, 2, r.sms.count())
				require.Equal(t, ReasonAbsent, r.store.get(second).NoWhatsApp)
				next(t, r, 3, WhatsApp)
				require.Equal(t, 2, r.whatsapp.count(), "who asks for WhatsApp gets it")
				r.pass(25 * time.Hour)
				next(t, r, 4, "")
				require.Equal(t, 3, r.whatsapp.count(), "people join")
			})
		})
	}
}

// FBK-11: receipts of the SMS provider are followed.
func TestSMSReceipts(t *testing.T) {
	t.Parallel()
	sent := func(t *testing.T, r *rig) ID {
		t.Helper()
		r.sms.receipts = true
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, StateSent, r.store.get(id).State)
		return id
	}
	smsOnly := func(p *Policy) { p.Mode = SMSOnly }
	inBubble(t, smsOnly, func(t *testing.T, r *rig) {
		id := sent(t, r)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Equal(t, StateDelivered, r.store.get(id).State)
	})
	inBubble(t, smsOnly, func(t *testing.T, r *rig) {
		id := sent(t, r)
		r.pass(5 * time.Minute)
		require.Equal(t, StateHandedOver, r.store.get(id).State)
		require.Equal(t, ReasonNoReceipt, r.store.get(id).Reason)
	})
	inBubble(t, smsOnly, func(t *testing.T, r *rig) {
		id := sent(t, r)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassTransient, At: time.Now()}}))
		r.pass(3 * time.Second)
		require.Equal(t, 2, r.sms.count(), "a passing failure is tried again")
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 2, State: AttemptFailed, Class: ClassRecipient, Reason: "landline", At: time.Now()}}))
		require.Equal(t, StateFailed, r.store.get(id).State)
		require.Equal(t, "landline", r.store.get(id).Reason)
	})
}

func TestModesByRegion(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Modes = map[string]Mode{"BR": SMSOnly, "US": WhatsAppOnly}
	for number, want := range map[string]Step{
		"+5511988887777": {Action: Send, Channel: SMS},
		"+12025550143":   {Action: Send, Channel: WhatsApp},
		"+447700900123":  {Action: Send, Channel: SMS}, // asked for
	} {
		d := testDelivery(t, func(d *Delivery) { d.Asked = SMS; d.To, _ = ParsePhone(number) })
		require.Equal(t, want, p.Next(d, at(0)), number)
	}
}

func TestSecurityEvents(t *testing.T) {
	t.Parallel()
	changed := &DeliveryError{Class: ClassFinal, Code: "137000", Reason: "identity changed"}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{changed}
		id := r.accept(t, 1, true)
		r.pass(time.Minute)
		require.Equal(t, AlertIdentityChanged, r.store.get(id).Alert)
		require.Equal(t, StateFailed, r.store.get(id).State)
		require.Zero(t, r.sms.count(), "an SMS would reach the same stranger")

		reported := r.accept(t, 2, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: reported, Attempt: 1, State: AttemptFailed, Class: ClassFinal, At: time.Now()}}))
		require.Equal(t, AlertIdentityChanged, r.store.get(reported).Alert)

		disowned := r.accept(t, 3, true)
		r.pass(time.Second)
		for range 2 {
			require.NoError(t, r.tracker.Disown(t.Context(), "meta", "meta-"+Reference(disowned, 1)))
		}
		require.NoError(t, r.tracker.Disown(t.Context(), "meta", "somebody else's"))
		require.Equal(t, AlertNotRequested, r.store.get(disowned).Alert)
		require.Equal(t, StateCancelled, r.store.get(disowned).State)
		r.pass(time.Minute)
		require.Zero(t, r.sms.count())
		require.Equal(t, []string{AlertIdentityChanged, AlertIdentityChanged, AlertNotRequested}, r.watcher.seen().alerts)
	})
}
