package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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
