package courier

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// With no money for SMS, people rather wait for WhatsApp than get nothing.
func TestSpentBudgetLeavesBusyWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackOverall = 45 * time.Second }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{Total: []Rate{{Max: 0, Window: time.Hour}}}
		r.ways["meta"].pace.Hold(time.Minute, time.Now())
		id := r.accept(t, 1, true)
		r.pass(59 * time.Second)
		require.Zero(t, r.whatsapp.count())
		require.Equal(t, StateAccepted, r.store.get(id).State)
		require.Equal(t, "sms_total_limit", r.store.get(id).NoSMS)
		r.pass(5 * time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Zero(t, r.sms.count())
		require.Equal(t, StateSent, r.store.get(id).State)
	})
}

func TestSpentBudgetLeavesDegradedWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{Total: []Rate{{Max: 0, Window: time.Hour}}}
		r.breakers.Open(Account, "190", "bad token", false, time.Now())
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "190", Reason: "bad token"}}
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "the last hope")
		require.Equal(t, StateFailed, r.store.get(id).State)
		require.Equal(t, "sms_total_limit", r.store.get(id).Reason)
	})
}

// The plan knows no budget by its name: whichever is spent, there is no SMS.
func TestAnyBudgetMayBeSpent(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackOverall = 45 * time.Second }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{Total: []Rate{{Max: 0, Window: time.Hour}}}
		saves := 0
		r.store.spentAs, r.store.beforeSave = "sms_monthly", func(Delivery) {
			r.store.mu.Lock()
			defer r.store.mu.Unlock()
			if saves++; saves > 20 {
				r.store.broken = errors.New("saved without end")
			}
		}
		r.ways["meta"].pace.Hold(time.Minute, time.Now())
		id := r.accept(t, 1, true)
		r.pass(59 * time.Second)
		require.Less(t, saves, 5)
		require.Equal(t, StateAccepted, r.store.get(id).State)
		require.Equal(t, "sms_monthly_limit", r.store.get(id).NoSMS)
		r.pass(5 * time.Second)
		require.Equal(t, StateSent, r.store.get(id).State)
	})
}
