package courier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FBK-12: an account fault sends everyone to SMS at once; a probe now and then
// finds out when it is over.
func TestBrokenAccountSendsEveryoneToSMS(t *testing.T) {
	t.Parallel()
	broken := &DeliveryError{Class: ClassAccount, Code: "190", Reason: "bad token"}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.whatsapp.next = []error{broken, broken}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, []string{Account}, r.watcher.seen().broken)

		for id := byte(2); id < 5; id++ {
			r.accept(t, id, true)
		}
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "nobody else waits for the broken account")
		require.Equal(t, 4, r.sms.count())
		require.Equal(t, ReasonDegraded, r.store.get(ID{4}).NoWhatsApp)

		r.pass(30 * time.Second)
		r.accept(t, 5, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count(), "the probe")
		require.Equal(t, 5, r.sms.count(), "and its person gets SMS all the same")
		require.Len(t, r.watcher.seen().broken, 1, "it is the same fault")

		r.pass(30 * time.Second)
		r.accept(t, 6, true)
		r.accept(t, 7, true)
		r.pass(time.Second)
		require.Equal(t, []string{Account}, r.watcher.seen().mended)
		require.Empty(t, r.breakers.Faults())
		r.accept(t, 8, true)
		r.pass(time.Second)
		require.Empty(t, r.store.get(ID{8}).NoWhatsApp)
	})
}

// A fault that only reports tell of (131042) is not over with an acceptance.
func TestReportedAccountFaultNeedsAReportToClose(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}}))
		r.pass(30 * time.Second)
		probe := r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count())
		require.NotEmpty(t, r.breakers.Faults())
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: probe, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Empty(t, r.breakers.Faults())
	})
}

// A message from before the fault proves nothing, however late it is delivered.
func TestLateReportOfAnOlderMessageClosesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.accept(t, 1, true)
		r.pass(10 * time.Second)
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "190"}}
		r.breakers.Open("en_US", "PAUSED", "paused", true, time.Now())
		r.books.Load().Budgets = Budgets{}
		r.policy.SupersedeAfter = time.Hour
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Report{{Delivery: older, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Len(t, r.breakers.Faults(), 2)
		require.Empty(t, r.watcher.seen().mended)
	})
}

func TestBrokenAccountInModeWhatsAppOnlyIsTriedByEveryone(t *testing.T) {
	t.Parallel()
	broken := &DeliveryError{Class: ClassAccount}
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{broken}
		r.accept(t, 1, true)
		r.pass(time.Second)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateFailed, r.store.get(ID{1}).State)
		require.Equal(t, StateSent, r.store.get(ID{2}).State)
		require.Zero(t, r.sms.count())
	})
}

// FBK-15: a template fault in one language, then the next language, then SMS.
func TestTemplateFaultTriesTheNextVariant(t *testing.T) {
	t.Parallel()
	missing := func() error { return &DeliveryError{Class: ClassTemplate, Code: "132001"} }
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.variants = []string{"pt_BR", "en_US"}
		r.whatsapp.next = []error{missing(), nil}
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, []string{"pt_BR", "en_US"}, r.whatsapp.chosen)
		require.Equal(t, StateSent, r.store.get(id).State)
		require.Equal(t, "en_US", r.store.get(id).Attempts[1].Variant)
		require.Equal(t, []string{"pt_BR"}, r.watcher.seen().broken)

		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, "en_US", r.whatsapp.chosen[2], "the next person does not find out again")

		r.pass(30 * time.Second)
		r.whatsapp.took = 100 * time.Millisecond
		r.accept(t, 3, true)
		r.accept(t, 4, true)
		r.pass(time.Second)
		require.ElementsMatch(t, []string{"pt_BR", "en_US"}, r.whatsapp.chosen[3:], "one of two at a time is the probe")
		require.Equal(t, []string{"pt_BR"}, r.watcher.seen().mended)
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.variants = []string{"pt_BR", "en_US"}
		r.whatsapp.next = []error{missing(), missing(), &DeliveryError{Class: ClassRecipient, Reason: "no other language"}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.sms.count())
	})
}

// A message that is not sent now finds out nothing about the account.
func TestProbeIsNotSpentOnAMessageThatHasToWait(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.breakers.Open(Account, "190", "bad token", false, time.Now())
		r.pass(30 * time.Second)
		r.ways["meta"].pace.Hold(10*time.Second, time.Now())
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, ReasonDegraded, r.store.get(id).NoWhatsApp)
		require.Equal(t, 1, r.sms.count(), "and it does not wait either")
		require.Zero(t, r.whatsapp.count())
		r.pass(10 * time.Second)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "the probe")
	})
}

func TestStaleNewsMoveNoBreaker(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(20 * time.Minute)
		failed := Report{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}
		require.NoError(t, r.tracker.Track(t.Context(), []Report{failed}))
		require.Empty(t, r.breakers.Faults())
	})
}

// What one attempt says about everyone's messages.
func TestBreakersLearn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attempt Attempt
		broken  []string
		mended  []string
	}{
		"the account is degraded":      {Attempt{State: AttemptFailed, Class: ClassAccount, Variant: "de"}, []string{Account}, nil},
		"a language is":                {Attempt{State: AttemptFailed, Class: ClassTemplate, Variant: "de"}, []string{"de"}, nil},
		"a template without a variant": {Attempt{State: AttemptFailed, Class: ClassTemplate}, nil, nil},
		"a person cannot be reached":   {Attempt{State: AttemptFailed, Class: ClassRecipient, Variant: "de"}, nil, nil},
		"accepted":                     {Attempt{State: AttemptAccepted, Variant: "es"}, nil, []string{"es"}},
		"delivered":                    {Attempt{State: AttemptDelivered, Variant: "es"}, nil, []string{"es"}},
		"the outcome is unknown":       {Attempt{State: AttemptUnknown, Variant: "es"}, nil, nil},
		"failed in Spanish":            {Attempt{State: AttemptFailed, Class: ClassRecipient, Variant: "es"}, nil, nil},
		"of long ago":                  {Attempt{State: AttemptDelivered, Variant: "es", StartedAt: at(-539)}, nil, nil},
		"just not of long ago":         {Attempt{State: AttemptFailed, Class: ClassAccount, StartedAt: at(-538)}, []string{Account}, nil},
		"of an SMS":                    {Attempt{State: AttemptDelivered, Channel: SMS, Variant: "es"}, nil, nil},
	} {
		watch := &watcher{}
		h := &Breakers{ProbeEvery: time.Minute, Routes: testPolicy().Routes, Observer: watch}
		h.Open("es", "132015", "paused", false, at(1))
		if c.attempt.StartedAt.IsZero() {
			c.attempt.StartedAt = at(2)
		}
		if c.attempt.Channel == "" {
			c.attempt.Channel = WhatsApp
		}
		c.attempt.Provider = testPolicy().Routes.of(c.attempt.Channel)[0].Name
		h.learn(c.attempt, true, at(62))
		require.Equal(t, append([]string{"es"}, c.broken...), watch.seen().broken, name)
		require.Equal(t, c.mended, watch.seen().mended, name)
	}
}

// A message tries each variant once, whatever others may find out meanwhile.
func TestMessageTriesEachVariantOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.breakers.ProbeEvery = 0
		r.whatsapp.variants = []string{"pt_BR", "en_US", "de"}
		refused := func() error { return &DeliveryError{Class: ClassTemplate, Code: "132001"} }
		r.whatsapp.next = []error{refused(), refused()}
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, []string{"pt_BR", "en_US", "de"}, r.whatsapp.chosen)
	})
}
