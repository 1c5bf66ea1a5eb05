package courier

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// codes lists the codes that went out on a channel, in order.
func codes(s *fakeSender) []string {
	var sent []string
	for _, o := range s.outgoing() {
		sent = append(sent, o.Code.Reveal())
	}
	return sent
}

// USE-5: order lost in the fallback. Two clicks, the phone is off: one SMS, of
// the code that was accepted last.
func TestOneSMSForTwoClicks(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		first := r.acceptTo(t, person, 1, true)
		r.pass(10 * time.Millisecond)
		second := r.acceptTo(t, person, 2, true)
		r.pass(2 * time.Minute)
		require.Equal(t, []string{"123451", "123452"}, codes(r.whatsapp))
		require.Equal(t, []string{"123452"}, codes(r.sms))
		require.Equal(t, StateSuperseded, r.store.get(first).State)
		require.Equal(t, ReasonSuperseded, r.store.get(first).Reason)
		require.Equal(t, StateHandedOver, r.store.get(second).State)
		require.Equal(t, 1, r.store.spent[quotaSMSTotal], "one SMS is paid")
	})
}

// Also where SMS is the first channel: what is not sent yet need not be paid.
func TestOneSMSWhenSMSComesFirst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.acceptTo(t, person, 1, false)
		r.pass(time.Millisecond)
		r.acceptTo(t, person, 2, false)
		r.pass(time.Minute)
		require.Equal(t, []string{"123452"}, codes(r.sms))
	})
}

func TestWhichOfTwoMessagesFollows(t *testing.T) {
	t.Parallel()
	at := func(id byte, after time.Duration) Delivery {
		return testDelivery(t, func(d *Delivery) { d.ID, d.AcceptedAt = ID{id}, d.AcceptedAt.Add(after) })
	}
	for name, c := range map[string]struct {
		d, earlier Delivery
		want       bool
	}{
		"later":                    {at(1, time.Second), at(2, 0), true},
		"earlier":                  {at(2, 0), at(1, time.Second), false},
		"same instant, greater id": {at(2, 0), at(1, 0), true},
		"same instant, lesser id":  {at(1, 0), at(2, 0), false},
		"the same delivery":        {at(1, 0), at(1, 0), false},
	} {
		require.Equal(t, c.want, c.d.follows(c.earlier), name)
	}
}

// The same holds for whatever is sent again: a retry on WhatsApp after the newer
// code would make the dead one the last to arrive.
func TestNoRetryAfterANewerCode(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassTransient}}
		first := r.acceptTo(t, person, 1, true)
		r.pass(10 * time.Millisecond)
		r.acceptTo(t, person, 2, true)
		r.pass(10 * time.Second)
		require.Equal(t, []string{"123451", "123452"}, codes(r.whatsapp))
		require.Equal(t, StateSuperseded, r.store.get(first).State)
	})
}

func TestWhatALaterMessageReplaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Delivery)
		want   []string
		id     byte
	}{
		"delivered":                      {func(d *Delivery) { d.State = StateDelivered }, nil, 4},
		"handed over":                    {func(d *Delivery) { d.State = StateHandedOver }, nil, 4},
		"used":                           {func(d *Delivery) { d.State = StateCancelled }, nil, 4},
		"failed":                         {func(d *Delivery) { d.State = StateFailed }, []string{"123453"}, 4},
		"expired":                        {func(d *Delivery) { d.State = StateExpired }, []string{"123453"}, 4},
		"suppressed":                     {func(d *Delivery) { d.State = StateSuppressed }, []string{"123453"}, 4},
		"another purpose":                {func(d *Delivery) { d.State, d.Purpose = StateDelivered, Verification }, []string{"123453"}, 4},
		"another flow":                   {func(d *Delivery) { d.State, d.Flow = StateDelivered, "f2" }, []string{"123453"}, 4},
		"another person":                 {func(d *Delivery) { d.State, d.To = StateDelivered, KnownPhone("+12025550199") }, []string{"123453"}, 4},
		"earlier":                        {func(d *Delivery) { d.State, d.AcceptedAt = StateDelivered, d.AcceptedAt.Add(-time.Second) }, []string{"123453"}, 4},
		"of the same instant":            {func(d *Delivery) { d.State, d.AcceptedAt = StateDelivered, d.AcceptedAt.Add(-time.Millisecond) }, nil, 4},
		"of the same instant, id before": {func(d *Delivery) { d.State, d.AcceptedAt = StateDelivered, d.AcceptedAt.Add(-time.Millisecond) }, []string{"123453"}, 2},
		"cannot be decoded":              {func(*Delivery) {}, []string{"123453"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, nil, func(t *testing.T, r *rig) {
				r.acceptTo(t, person, 3, true)
				r.pass(time.Millisecond)
				later := r.acceptTo(t, person, c.id, false)
				kept := r.store.get(later)
				c.change(&kept)
				kept.Due = time.Time{}
				r.store.mu.Lock()
				r.store.kept[later] = kept
				r.store.mu.Unlock()
				if name == "cannot be decoded" {
					r.store.lose(later)
				}
				r.pass(time.Minute)
				require.Equal(t, c.want, codes(r.sms))
			})
		})
	}
}

// Sends to one person go in the order of acceptance, in whatever order they are
// handed over, and however long the answer to the first one takes.
func TestSendsToOnePersonKeepTheirOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.took = 900 * time.Millisecond
		first := r.acceptTo(t, person, 1, false)
		r.pass(time.Millisecond)
		r.acceptTo(t, person, 2, true)
		r.accept(t, 3, true)
		r.pass(100 * time.Millisecond)
		r.Offer(r.store.get(first))
		r.pass(4 * time.Second)
		require.Equal(t, []string{"123453", "123451", "123452"}, codes(r.whatsapp), "others do not wait")
	})
}

// A message to a number that had no other one is sent without a look for them.
func TestAloneAMessageLooksForNoOther(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		searches := 0
		r.store.found = func() { searches++ }
		for id, alone := range map[byte]bool{1: true, 2: false} {
			d := r.store.get(r.accept(t, id, false))
			r.OfferNew(Acceptance{Outcome: Created, Delivery: d, Alone: alone})
			r.pass(time.Second)
		}
		require.Equal(t, 2, r.whatsapp.count())
		require.Equal(t, 1, searches)
	})
}

// Nor does anybody wait for long: not for a request that hangs, nor for a
// message that a provider holds back, nor beyond the deadline of the fallback.
func TestTurnIsBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.SendTimeout = 12 * time.Second }, func(t *testing.T, r *rig) {
		r.whatsapp.took = 20 * time.Second
		r.acceptTo(t, person, 1, true)
		r.pass(time.Millisecond)
		second := r.acceptTo(t, person, 2, true)
		r.pass(1900 * time.Millisecond)
		require.Empty(t, r.store.get(second).Attempts)
		r.pass(500 * time.Millisecond)
		require.Len(t, r.store.get(second).Attempts, 1, "a request that hangs")
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		held := r.acceptTo(t, person, 1, false)
		r.pass(time.Millisecond)
		r.acceptTo(t, person, 2, true)
		for range 30 { // Another replica holds the first one, again and again.
			r.store.mu.Lock()
			d := r.store.kept[held]
			d.Due = time.Now().Add(handOver)
			r.store.kept[held] = d
			r.store.mu.Unlock()
			r.pass(2500 * time.Millisecond)
		}
		require.Equal(t, []string{"123452"}, codes(r.sms), "the deadline of the fallback")
		synctest.Wait()
	})
}
