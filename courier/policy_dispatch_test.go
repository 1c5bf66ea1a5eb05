package courier

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// FBK-12: an account fault sends everyone to SMS at once; a probe now and then
// finds out when it is over.
func TestBrokenAccountSendsEveryoneToSMS(t *testing.T) {
	t.Parallel()
	broken := &DeliveryError{Class: ClassAccount, Code: "190", Reason: "bad token"}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.budgets = Budgets{}
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
		require.Equal(t, BypassDegraded, r.store.get(ID{4}).Bypass)

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
		require.Empty(t, r.health.Faults())
		r.accept(t, 8, true)
		r.pass(time.Second)
		require.Empty(t, r.store.get(ID{8}).Bypass)
	})
}

// A fault that only reports tell of (131042) is not over with an acceptance.
func TestReportedAccountFaultNeedsAReportToClose(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}}))
		r.pass(30 * time.Second)
		probe := r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, 2, r.whatsapp.count())
		require.NotEmpty(t, r.health.Faults())
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: probe, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Empty(t, r.health.Faults())
	})
}

// A message from before the fault proves nothing, however late it is delivered.
func TestLateReportOfAnOlderMessageClosesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.accept(t, 1, true)
		r.pass(10 * time.Second)
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "190"}}
		r.health.Open("en_US", "PAUSED", "paused", true, time.Now())
		r.budgets = Budgets{}
		r.policy.SupersedeAfter = time.Hour
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: older, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
		require.Len(t, r.health.Faults(), 2)
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
			require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAbsent, At: time.Now()}}))
			synctest.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, nil, func(t *testing.T, r *rig) {
				r.budgets = Budgets{}
				learn(t, r)
				require.Equal(t, 1, r.whatsapp.count())
				second := next(t, r, 2, "")
				require.Equal(t, 1, r.whatsapp.count())
				require.Equal(t, 2, r.sms.count())
				require.Equal(t, BypassAbsent, r.store.get(second).Bypass)
				next(t, r, 3, WhatsApp)
				require.Equal(t, 2, r.whatsapp.count(), "who asks for WhatsApp gets it")
				r.pass(25 * time.Hour)
				next(t, r, 4, "")
				require.Equal(t, 3, r.whatsapp.count(), "people join")
			})
		})
	}
}

// RATE-9: 130429 slows all sends down, and nothing is lost.
func TestThrottleHoldsEveryone(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.whatsapp.next = []error{&DeliveryError{Class: ClassThrottled, RetryAfter: 5 * time.Second}}
		r.accept(t, 1, true)
		r.pass(time.Second)
		for id := byte(2); id < 9; id++ {
			r.accept(t, id, true)
		}
		r.pass(3 * time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		r.pass(8 * time.Second)
		require.Equal(t, 9, r.whatsapp.count())
		require.Zero(t, r.sms.count())
	})
}

func TestWaitBeyondTheDeadlineGoesToSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.pace.Hold(2*time.Minute, time.Now())
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Zero(t, r.whatsapp.count())
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, BypassBusy, r.store.get(id).Bypass)
	})
}

// A message that is not sent now finds out nothing about the account.
func TestProbeIsNotSpentOnAMessageThatHasToWait(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.health.Open(Account, "190", "bad token", false, time.Now())
		r.pass(30 * time.Second)
		r.pace.Hold(10*time.Second, time.Now())
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, BypassDegraded, r.store.get(id).Bypass)
		require.Equal(t, 1, r.sms.count(), "and it does not wait either")
		require.Zero(t, r.whatsapp.count())
		r.pass(10 * time.Second)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "the probe")
	})
}

// Providers may ask for longer than a code lives.
func TestNoWaitOutlivesTheCode(t *testing.T) {
	t.Parallel()
	hour := &DeliveryError{Class: ClassThrottled, RetryAfter: time.Hour}
	for name, mode := range map[string]Mode{"WhatsApp": WhatsAppOnly, "SMS": SMSOnly} {
		inBubble(t, func(p *Policy) { p.Mode = mode }, func(t *testing.T, r *rig) {
			r.whatsapp.next, r.sms.next = []error{hour}, []error{hour}
			id := r.accept(t, 1, true)
			r.pass(5*time.Minute + time.Second)
			require.Equal(t, StateExpired, r.store.get(id).State, name)
			require.True(t, r.store.get(id).Code.IsZero(), name)
		})
	}
}

func TestSMSWaitsForNoPaceOfWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		r.pace.Hold(30*time.Second, time.Now())
		r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.sms.count())
	})
}

// With no money for SMS, people rather wait for WhatsApp than get nothing.
func TestSpentBudgetLeavesBusyWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.budgets = Budgets{Total: []Rate{{Max: 0, Window: time.Hour}}}
		r.pace.Hold(2*time.Minute, time.Now())
		id := r.accept(t, 1, true)
		r.pass(119 * time.Second)
		require.Zero(t, r.whatsapp.count())
		require.Equal(t, StateAccepted, r.store.get(id).State)
		require.Equal(t, BypassSMSTotal, r.store.get(id).Bypass)
		r.pass(5 * time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		require.Zero(t, r.sms.count())
		require.Equal(t, StateSent, r.store.get(id).State)
	})
}

func TestSpentBudgetLeavesDegradedWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.budgets = Budgets{Total: []Rate{{Max: 0, Window: time.Hour}}}
		r.health.Open(Account, "190", "bad token", false, time.Now())
		r.whatsapp.next = []error{&DeliveryError{Class: ClassAccount, Code: "190", Reason: "bad token"}}
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count(), "the last hope")
		require.Equal(t, StateFailed, r.store.get(id).State)
		require.Equal(t, BypassSMSTotal, r.store.get(id).Reason)
	})
}

func TestStaleNewsMoveNoBreaker(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		id := r.accept(t, 1, true)
		r.pass(20 * time.Minute)
		failed := Status{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassAccount, Code: "131042", At: time.Now()}
		require.NoError(t, r.tracker.Track(t.Context(), []Status{failed}))
		require.Empty(t, r.health.Faults())
	})
}

func TestPaceKeepsToTheRate(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.pace = NewPace(10)
		for id := range byte(60) {
			r.accept(t, id+1, true)
		}
		r.pass(2 * time.Second)
		require.LessOrEqual(t, r.whatsapp.count(), 23)
		require.GreaterOrEqual(t, r.whatsapp.count(), 10)
		r.pass(20 * time.Second)
		require.Equal(t, 60, r.whatsapp.count())
	})
}

// 131056: 4^n seconds after the pair limit's six, while that fits.
func TestPairLimitBacksOffByPowersOfFour(t *testing.T) {
	t.Parallel()
	pair := &DeliveryError{Class: ClassPair, RetryAfter: 6 * time.Second}
	p := testPolicy()
	d := testDelivery(t, nil)
	now := 0
	for _, pause := range []int{7, 10, 22} {
		d = p.begin(d, WhatsApp, "meta", at(now))
		d = p.finish(d, len(d.Attempts), Accepted{}, pair, at(now))
		require.Equal(t, Step{Action: Wait, At: at(now + pause)}, p.Next(d, at(now)))
		now += pause
	}
	d = p.begin(d, WhatsApp, "meta", at(now))
	d = p.finish(d, len(d.Attempts), Accepted{}, pair, at(now))
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(now)), "70 s do not fit")
}

// USE-5: a clearly newer code ends the older one's fallback.
func TestNewerCodeSupersedes(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.accept(t, 1, true)
		r.pass(6 * time.Second)
		newer := r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateSuperseded, r.store.get(older).State)
		require.True(t, r.store.get(older).Code.IsZero())
		require.Equal(t, []State{StateSuperseded}, r.watcher.seen().ended)
		r.pass(time.Minute)
		require.Equal(t, 1, r.sms.count())
		require.Equal(t, "123452", r.sms.outgoing()[0].Code.Reveal())
		require.Equal(t, StateHandedOver, r.store.get(newer).State)
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		older := r.accept(t, 1, true)
		r.pass(2 * time.Second)
		r.accept(t, 2, true)
		r.pass(time.Second)
		require.Equal(t, StateSent, r.store.get(older).State, "which of two close ones is newer, nobody knows")
	})
}

func TestSupersedingStaysWithinPurposeAndFlow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Delivery)
		want   bool
	}{
		"same purpose, no flow":       {func(*Delivery) {}, true},
		"other purpose":               {func(d *Delivery) { d.Purpose = Verification }, false},
		"same flow":                   {func(d *Delivery) { d.Flow = "f1" }, true},
		"another flow":                {func(d *Delivery) { d.Flow = "f2" }, false},
		"the same delivery, recalled": {func(d *Delivery) { d.ID = ID{1} }, false},
	} {
		old := testDelivery(t, func(d *Delivery) { d.ID, d.Flow = ID{1}, "f1" })
		d := testDelivery(t, func(d *Delivery) { d.ID = ID{2}; c.change(d) })
		require.Equal(t, c.want, old.supersededBy(d), name)
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
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: id, Attempt: 1, State: AttemptDelivered, At: time.Now()}}))
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
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: id, Attempt: 1, State: AttemptFailed, Class: ClassTransient, At: time.Now()}}))
		r.pass(3 * time.Second)
		require.Equal(t, 2, r.sms.count(), "a passing failure is tried again")
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: id, Attempt: 2, State: AttemptFailed, Class: ClassRecipient, Reason: "landline", At: time.Now()}}))
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
		require.NoError(t, r.tracker.Track(t.Context(), []Status{{Delivery: reported, Attempt: 1, State: AttemptFailed, Class: ClassFinal, At: time.Now()}}))
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
