package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RTY-9: an SMS whose outcome is unknown is sent again, once, when its receipt does
// not come and while the code lives.
func TestUnknownSMSIsSentAgainOnce(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.RepeatUnknown, p.ReceiptWait = 1, 20*time.Second
	started := func(second int, s AttemptState) Attempt {
		return Attempt{Channel: SMS, State: s, StartedAt: at(second)}
	}
	failed := Step{Action: End, State: StateFailed, Reason: ReasonSMSUnknown}
	for name, c := range map[string]struct {
		attempts []Attempt
		now      int
		want     Step
	}{
		"its receipt is awaited":    {[]Attempt{started(40, AttemptUnknown)}, 59, Step{Action: Wait, At: at(60)}},
		"then it is sent again":     {[]Attempt{started(40, AttemptUnknown)}, 60, Step{Action: Send, Channel: SMS}},
		"after a crash too":         {[]Attempt{started(40, AttemptSending)}, 60, Step{Action: Send, Channel: SMS}},
		"and not a third time":      {[]Attempt{started(40, AttemptUnknown), started(60, AttemptUnknown)}, 61, failed},
		"not once it was sent":      {[]Attempt{{Channel: SMS, State: AttemptSent, Receipts: true, StartedAt: at(40)}, started(60, AttemptUnknown)}, 90, Step{Action: Wait, At: at(300)}},
		"not after a doubtful one":  {[]Attempt{{Channel: SMS, State: AttemptFailed, Class: ClassDoubtful, StartedAt: at(30)}, started(40, AttemptUnknown)}, 60, failed},
		"not when the code is dead": {[]Attempt{started(271, AttemptUnknown)}, 272, failed},
		"not after its receipt":     {[]Attempt{{Channel: SMS, State: AttemptSent, Receipts: true, StartedAt: at(40)}}, 60, Step{Action: Wait, At: at(300)}},
	} {
		d := testDelivery(t, nil)
		for i, a := range c.attempts {
			a.N = i + 1
			d.Attempts = append(d.Attempts, a)
		}
		require.Equal(t, c.want, p.nextSMS(d, at(c.now)), name)
	}
}

func TestRepeatedSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode, p.RepeatUnknown, p.ReceiptWait = SMSOnly, 1, 20*time.Second }, func(t *testing.T, r *rig) {
		r.sms.next = []error{&DeliveryError{Class: ClassUnknown}}
		id := r.accept(t, 1, true)
		r.pass(19 * time.Second)
		require.Equal(t, 1, r.sms.count())
		r.pass(2 * time.Second)
		require.Equal(t, 2, r.sms.count())
		d := r.store.get(id)
		require.Equal(t, StateHandedOver, d.State)
		require.False(t, d.RepeatsUnknownSMS(d.Attempts[0]))
		require.True(t, d.RepeatsUnknownSMS(d.Attempts[1]))
		require.Len(t, r.store.entries("sms_total"), 2, "both may cost money")
	})
}
