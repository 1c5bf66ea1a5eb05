package courier

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testOutage() Outage {
	return Outage{Unanswered: 3, Of: 5, Within: time.Minute, Silent: 4, SilentWithin: 10 * time.Minute}
}

func TestUnansweredRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outage   Outage
		requests string // x had no answer, ! had one; one a second, the latest now
		now      int
		want     bool
	}{
		"as many as it takes":           {testOutage(), "xxx", 0, true},
		"one fewer":                     {testOutage(), "xx", 0, false},
		"among answers":                 {testOutage(), "x!x!x", 0, true},
		"too many answers between":      {testOutage(), "x!!x!x", 0, false},
		"the oldest do not count":       {testOutage(), "xxx!!!", 0, false},
		"at the end of the window":      {testOutage(), "xxx", 58, true},
		"the first has left the window": {testOutage(), "xxx", 59, false},
		"not watched":                   {Outage{}, "xxxxxxxxxxxx", 0, false},
	} {
		var latest answers
		for i, request := range c.requests {
			person := KnownPhone(fmt.Sprintf("+120255501%02d", i))
			latest = c.outage.next(latest, answer{person, at(i + 1 - len(c.requests)), request == 'x'})
		}
		_, outage := c.outage.unanswered(latest, at(c.now))
		require.Equal(t, c.want, outage, name)
	}
}

func TestOnePersonIsNoOutage(t *testing.T) {
	t.Parallel()
	var latest answers
	for i := range 9 {
		latest = testOutage().next(latest, answer{KnownPhone("+12025550143"), at(i - 9), true})
	}
	count, outage := testOutage().unanswered(latest, at(0))
	require.Equal(t, 1, count)
	require.False(t, outage)
}

// What an attempt says about whether Meta answers.
func TestWhatIsAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attempt              Attempt
		answered, unanswered bool
	}{
		"taken":                        {Attempt{State: AttemptAccepted}, true, false},
		"refused with a code":          {Attempt{State: AttemptFailed, Class: ClassRecipient, Code: "131026"}, true, false},
		"throttled by Meta":            {Attempt{State: AttemptFailed, Class: ClassThrottled, Code: "130429"}, true, false},
		"throttled by a proxy":         {Attempt{State: AttemptFailed, Class: ClassThrottled}, false, false},
		"no request was made":          {Attempt{State: AttemptFailed, Class: ClassRecipient}, false, false},
		"a certificate is not trusted": {Attempt{State: AttemptFailed, Class: ClassConfig}, false, true},
		"a 5xx":                        {Attempt{State: AttemptFailed, Class: ClassTransient}, false, true},
		"timed out":                    {Attempt{State: AttemptUnknown, Class: ClassUnknown}, false, true},
		"reported meanwhile":           {Attempt{State: AttemptSent}, true, false},
	} {
		require.Equal(t, c.answered, c.attempt.answered(), name)
		require.Equal(t, c.unanswered, c.attempt.unanswered(), name)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outage  Outage
		heard   bool
		givenUp []int
		want    bool
	}{
		"as many as it takes":           {testOutage(), true, []int{0, 1, 2, 3}, true},
		"one fewer":                     {testOutage(), true, []int{0, 1, 2}, false},
		"half as many in a new process": {testOutage(), false, []int{0, 1}, true},
		"one fewer in a new process":    {testOutage(), false, []int{0}, false},
		"over the whole window":         {testOutage(), true, []int{0, 1, 2, 600}, true},
		"the first has left the window": {testOutage(), true, []int{0, 1, 2, 601}, false},
		"not watched":                   {Outage{}, false, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, false},
	} {
		s := silence{heard: c.heard}
		for _, second := range c.givenUp {
			s = c.outage.nextSilence(s, at(second))
		}
		require.Equal(t, c.want, c.outage.silent(s), name)
	}
}

// FBK-20: Meta hangs. Once that is noticed, people get an SMS at once; a probe
// finds out when it is over.
func TestOutageOfWhatsAppSendsEveryoneToSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.SendTimeout = 10 * time.Second }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
		r.whatsapp.took = time.Hour
		for id := range byte(3) {
			r.accept(t, id+1, true)
		}
		r.pass(9 * time.Second)
		require.Empty(t, r.watcher.seen().broken)
		r.pass(2 * time.Second)
		require.Equal(t, []string{NoAnswer}, r.watcher.seen().broken)
		require.Contains(t, r.breakers.Faults()[0].Reason, "3 of the latest 3 requests had no answer, the last one: timed out")
		require.Zero(t, r.sms.count(), "what may have been sent is waited for")

		r.accept(t, 4, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.sms.count(), "at once")
		require.Equal(t, ReasonDegraded, r.store.get(ID{4}).NoWhatsApp)
		r.pass(20 * time.Second)
		require.Equal(t, 4, r.sms.count(), "and the first ones at their deadline")

		r.whatsapp.took = 0
		r.pass(30 * time.Second)
		r.accept(t, 5, true)
		r.pass(time.Second)
		require.Equal(t, 4, r.whatsapp.count(), "the probe")
		require.Equal(t, []string{NoAnswer}, r.watcher.seen().mended)
		r.whatsapp.next = []error{&DeliveryError{Class: ClassTransient, Reason: "503"}}
		r.accept(t, 6, true)
		r.pass(time.Second)
		require.Len(t, r.watcher.seen().broken, 1, "what was before the recovery counts no more")
	})
}

// Any answer of Meta is an answer.
func TestRefusalsAreNoOutage(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
		for range 9 {
			r.whatsapp.next = append(r.whatsapp.next, &DeliveryError{Class: ClassRecipient})
		}
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(time.Second)
		require.Equal(t, 9, r.sms.count())
		require.Empty(t, r.breakers.Faults())
	})
}

// FBK-21: WhatsApp takes the messages, and nothing is reported about any.
func TestSilenceSendsEveryoneToSMS(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
		r.accept(t, 1, true)
		r.accept(t, 2, true)
		r.pass(29 * time.Second)
		require.Empty(t, r.breakers.Faults())
		r.pass(2 * time.Second)
		require.Equal(t, []string{Webhooks}, r.watcher.seen().broken)
		require.Contains(t, r.breakers.Faults()[0].Reason, "subscribed")
		r.accept(t, 3, true)
		r.pass(time.Second)
		require.Equal(t, 3, r.sms.count(), "at once")

		report := Report{Delivery: ID{1}, Attempt: 1, State: AttemptSent, At: time.Now()}
		require.NoError(t, r.tracker.Track(t.Context(), []Report{report}))
		require.Equal(t, []string{Webhooks}, r.watcher.seen().mended)
		require.Equal(t, time.Now(), r.breakers.LastReport())
	})
}

// A message that was asked for shortly before its deadline proves nothing.
func TestShortWaitIsNoSilence(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.FallbackOverall = 20 * time.Second }, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
		for id := range byte(9) {
			r.accept(t, id+1, true)
		}
		r.pass(time.Minute)
		require.Equal(t, 9, r.sms.count())
		require.Empty(t, r.breakers.Faults())
	})
}

// More messages than WhatsApp's rate allows do not keep the probe away.
func TestDegradedCrowdLeavesRoomForTheProbe(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.ways["meta"].pace = Budgets{}, NewPace(5)
		r.breakers.Open(Account, "190", "bad token", false, time.Now())
		for i := range 620 { // in 31 s
			r.acceptAs(t, fmt.Sprintf("+4479111%05d", i), ID{byte(i >> 8), byte(i), 1})
			r.pass(50 * time.Millisecond)
		}
		require.Equal(t, []string{Account}, r.watcher.seen().mended)
	})
}

// A degraded WhatsApp is what is left when SMS fails.
func TestFailedSMSLeavesDegradedWhatsApp(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets = Budgets{}
		r.breakers.Open(Webhooks, "", "silence", true, time.Now())
		r.sms.next = []error{&DeliveryError{Class: ClassConfig, Code: "21211", Reason: "bad sender"}}
		id := r.accept(t, 1, true)
		r.pass(time.Second)
		require.Equal(t, 1, r.whatsapp.count())
		d := r.store.get(id)
		require.Equal(t, ReasonSMSFailed, d.NoSMS)
		require.Equal(t, ReasonDegraded, d.NoWhatsApp)
		require.False(t, d.State.Ended(), "the report may still come")
	})
}

// With reports, however few, it is the phones that are off.
func TestPhonesThatAreOffAreNoSilence(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
		for id := range byte(9) {
			d := r.accept(t, id+1, true)
			r.pass(time.Second)
			report := Report{Delivery: d, Attempt: 1, State: AttemptSent, At: time.Now()}
			require.NoError(t, r.tracker.Track(t.Context(), []Report{report}))
		}
		r.pass(time.Minute)
		require.Equal(t, 9, r.sms.count())
		require.Empty(t, r.watcher.seen().broken)
	})
}

// Where there is no SMS, the end of the code's life is when a message is given up.
// In a silence it may be that reports come of a number that the configuration does not
// name, or are refused.
func TestSilenceNamesWhatCameInstead(t *testing.T) {
	t.Parallel()
	b := &Breakers{Outage: testOutage(), Observer: &watcher{}}
	b.HeardOfOther("106540352242999")
	b.HeardRefused()
	b.HeardRefused()
	require.Empty(t, b.Faults())
	for i := range 2 {
		b.learnSilence(at(i))
	}
	require.Contains(t, b.Faults()[0].Reason, "phone_number_id 106540352242999")
	require.Contains(t, b.Faults()[0].Reason, "2 webhooks were refused for their signature: compare whatsapp.app_secrets")

	b.heard(at(3))
	for i := range 4 {
		b.learnSilence(at(4 + i))
	}
	require.NotContains(t, b.Faults()[0].Reason, "106540352242999", "ours was heard since")
	require.NotContains(t, b.Faults()[0].Reason, "refused")
}

func TestSilenceIsNoticedWithoutSMSToo(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = WhatsAppOnly }, func(t *testing.T, r *rig) {
		r.breakers.Outage = testOutage()
		r.accept(t, 1, true)
		r.accept(t, 2, true)
		r.pass(6 * time.Minute)
		require.Equal(t, []string{Webhooks}, r.watcher.seen().broken)
		r.accept(t, 3, true)
		r.pass(time.Second)
		require.Equal(t, 3, r.whatsapp.count(), "it is all there is")
	})
}

// What is broken about SMS is told, and no channel is left out for it.
func TestBrokenSMSIsShown(t *testing.T) {
	t.Parallel()
	failures := map[string][]error{
		"credentials": {&DeliveryError{Class: ClassAccount, Code: "20003", Reason: "wrong token"}},
		"no answer": {
			&DeliveryError{Class: ClassUnknown}, &DeliveryError{Class: ClassUnknown}, &DeliveryError{Class: ClassUnknown},
		},
	}
	for name, failures := range failures {
		inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
			r.books.Load().Budgets, r.breakers.Outage = Budgets{}, testOutage()
			r.sms.next = failures
			for id := range failures {
				r.accept(t, byte(id+1), true)
			}
			r.pass(time.Second)
			require.Equal(t, []string{SMSProvider}, r.watcher.seen().broken, name)
			r.accept(t, 9, true)
			r.pass(time.Second)
			require.Equal(t, []string{SMSProvider}, r.watcher.seen().mended, name)
		})
	}
}

func TestSpentBudgetIsShown(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		for id := range byte(3) {
			r.accept(t, id+1, true)
		}
		r.pass(time.Second)
		require.Equal(t, 2, r.sms.count())
		require.Equal(t, []string{SMSBudget}, r.watcher.seen().broken)
		r.books.Load().Budgets.Total[0].Max = 3
		r.accept(t, 4, true)
		r.pass(time.Second)
		require.Equal(t, []string{SMSBudget}, r.watcher.seen().mended)
	})
}

// That the SMS provider refuses our request as wrong is about everyone when it answers
// so; a receipt may be one carrier's word.
func TestWrongRequestsToTheSMSProvider(t *testing.T) {
	t.Parallel()
	for reported, want := range map[bool][]string{false: {SMSProvider}, true: nil} {
		w := &watcher{}
		b := &Breakers{Routes: testPolicy().Routes, Observer: w}
		b.learn(Attempt{Channel: SMS, Provider: "twilio", State: AttemptFailed, Class: ClassConfig, Code: "20003", StartedAt: at(0)}, reported, at(1))
		require.Equal(t, want, w.seen().broken)
	}
}

// Reports may come to another replica: what it had ends the silence up to then.
func TestAReportElsewhereEndsTheSilence(t *testing.T) {
	t.Parallel()
	watcher := &watcher{}
	b := &Breakers{ProbeEvery: time.Minute, Outage: testOutage(), Routes: testPolicy().Routes, Observer: watcher}
	b.HeardElsewhere(at(1))
	require.Equal(t, at(1), b.LastReport())
	for second := 2; second < 5; second++ {
		b.learnSilence(at(second))
	}
	b.HeardElsewhere(at(3))
	b.learnSilence(at(5))
	b.learnSilence(at(6))
	require.False(t, b.Broken(Webhooks), "those of the seconds 4, 5 and 6 are one too few")
	b.HeardElsewhere(at(2))
	require.Equal(t, at(3), b.LastReport(), "old news are none")
	b.learnSilence(at(7))
	require.True(t, b.Broken(Webhooks))
	b.HeardElsewhere(at(7))
	require.True(t, b.Broken(Webhooks), "it was silent since")
	b.HeardElsewhere(at(8))
	require.False(t, b.Broken(Webhooks))
}
