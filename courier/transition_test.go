package courier

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sent is a delivery whose first WhatsApp attempt was accepted at second 2.
func sent(t testing.TB) Delivery {
	t.Helper()
	p := testPolicy()
	d := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	return p.finish(d, 1, Taken{ProviderID: "wamid.1"}, nil, at(2))
}

func report(s AttemptState, seconds int) Report {
	return Report{Attempt: 1, State: s, At: at(seconds), Class: ClassRecipient, Code: "131026", Reason: "not on WhatsApp"}
}

func TestBeginIsAlreadyUnknownToACrash(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	require.Equal(t, StateSending, d.State)
	require.Equal(t, at(31), d.Due, "should the process die now, the fallback comes at its deadline")
	require.Equal(t, AttemptSending, d.Attempts[0].State)
}

// EXP-3: Kratos v26 tells the life of each code.
func TestLifeIsTheMessagesOrElseTheConfigured(t *testing.T) {
	t.Parallel()
	for told, want := range map[time.Duration]time.Time{0: at(300), time.Minute: at(60)} {
		d := newDelivery(ID{1}, Message{Life: told}, testPolicy(), start)
		require.Equal(t, want, d.ExpiresAt)
	}
}

// A step starts from a delivery that others hold too.
func TestStepsLeaveTheirDeliveryAlone(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	before := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	fallback := p.begin(before, SMS, "twilio", at(31))
	require.Equal(t, AttemptUnknown, fallback.Attempts[0].State, "its request died with a process")
	require.Equal(t, AttemptSending, fallback.Attempts[1].State)
	p.finish(before, 1, Taken{}, nil, at(2))
	p.record(before, report(AttemptDelivered, 4), at(5))
	require.Equal(t, AttemptSending, before.Attempts[0].State)

	taken := p.begin(sent(t), SMS, "twilio", at(32))
	require.Equal(t, AttemptAccepted, taken.Attempts[0].State, "that it was taken is known")
	require.Equal(t, before, p.finish(before, 7, Taken{}, nil, at(2)), "there is no such attempt")
}

func TestFinishKeepsWhatTheProviderSays(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	begun := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	taken := p.finish(begun, 1, Taken{ProviderID: "wamid.1", Variant: "pt_BR", Receipts: true, KnownAs: KnownPhone("+551188887777")}, nil, at(2))
	require.Equal(t, Attempt{
		N: 1, Channel: WhatsApp, Provider: "meta", State: AttemptAccepted, StartedAt: at(1), AcceptedAt: at(2),
		ProviderID: "wamid.1", Variant: "pt_BR", Receipts: true, KnownAs: "+55********77",
	}, taken.Attempts[0])
	lost := p.finish(begun, 1, Taken{}, &DeliveryError{Class: ClassUnknown, Reason: "no answer", Variant: "pt_BR"}, at(2))
	require.Equal(t, Attempt{
		N: 1, Channel: WhatsApp, Provider: "meta", State: AttemptUnknown, StartedAt: at(1),
		Variant: "pt_BR", Class: ClassUnknown, Reason: "no answer",
	}, lost.Attempts[0])
}

// Each try waits longer than the one before, on whichever channel.
func TestPausesGrowOverBothChannels(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := sent(t)
	for i, pause := range []int{2, 3} { // WhatsApp's was the first try
		d = p.begin(d, SMS, "twilio", at(40))
		d = p.finish(d, i+2, Taken{}, &DeliveryError{Class: ClassTransient}, at(40))
		require.Equal(t, at(40+pause), d.Attempts[i+1].RetryAt)
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		failure error
		state   State
		attempt AttemptState
		due     time.Time
	}{
		{"accepted", nil, StateSent, AttemptAccepted, at(32)},
		{"not reachable", &DeliveryError{Class: ClassRecipient}, StateFallback, AttemptFailed, at(2).Add(handOver)},
		{"misconfigured", &DeliveryError{Class: ClassConfig}, StateFallback, AttemptFailed, at(2).Add(handOver)},
		{"transient", &DeliveryError{Class: ClassTransient}, StateAccepted, AttemptFailed, at(3)},
		{"throttled, says for how long", &DeliveryError{Class: ClassThrottled, RetryAfter: 7 * time.Second}, StateAccepted, AttemptFailed, at(9)},
		{"refused in this language: the next", &DeliveryError{Class: ClassTemplate}, StateAccepted, AttemptFailed, at(2).Add(handOver)},
		{"unknown", &DeliveryError{Class: ClassUnknown}, StateSending, AttemptUnknown, at(31)},
		{"a sender that breaks its promise", errors.New("boom"), StateSending, AttemptUnknown, at(31)},
		{"final", &DeliveryError{Class: ClassFinal, Reason: "identity changed"}, StateFailed, AttemptFailed, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			d := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
			d = p.finish(d, 1, Taken{ProviderID: "wamid.1"}, c.failure, at(2))
			require.Equal(t, c.state, d.State)
			require.Equal(t, c.attempt, d.Attempts[0].State)
			require.Equal(t, c.due, d.Due)
			require.Equal(t, d.State.Ended(), d.Code.IsZero(), "the code lives as long as the delivery")
		})
	}
}

func TestRecordMovesForwardOnly(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d, news := p.record(sent(t), report(AttemptDelivered, 4), at(5))
	require.True(t, news)
	require.Equal(t, StateDelivered, d.State)
	require.True(t, d.Code.IsZero())
	require.Zero(t, d.Due)

	d, news = p.record(d, report(AttemptSent, 3), at(6))
	require.True(t, news, "its time is news")
	require.Equal(t, at(3), d.Attempts[0].SentAt)
	require.Equal(t, StateDelivered, d.State)
	require.Equal(t, AttemptDelivered, d.Attempts[0].State)

	_, news = p.record(d, report(AttemptDelivered, 9), at(9))
	require.False(t, news, "a duplicate is none")

	d, _ = p.record(d, report(AttemptFailed, 7), at(7))
	require.Equal(t, StateDelivered, d.State, "a phone's word counts more")
	require.Empty(t, d.Attempts[0].Code)

	d, _ = p.record(d, report(AttemptRead, 8), at(8))
	require.Equal(t, StateRead, d.State)
	require.Equal(t, at(5), d.EndedAt, "it ended when it was delivered")
}

func TestRecordReadWithoutDelivered(t *testing.T) {
	t.Parallel()
	d, _ := testPolicy().record(sent(t), report(AttemptRead, 4), at(5))
	require.Equal(t, StateRead, d.State)
}

func TestRecordFailedFallsBackAtOnce(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d, _ := p.record(sent(t), report(AttemptFailed, 4), at(5))
	require.Equal(t, StateFallback, d.State)
	require.Equal(t, "131026", d.Attempts[0].Code)
	require.Equal(t, Step{Action: Send, Channel: SMS}, p.Next(d, at(5)))
}

func TestRecordBeforeTheAnswerOfTheSend(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	early := report(AttemptDelivered, 2)
	early.ProviderID = "wamid.1"
	d, _ = p.record(d, early, at(2))
	require.Equal(t, StateDelivered, d.State)
	require.Equal(t, "wamid.1", d.Attempts[0].ProviderID, "the answer may never come")
	d = p.finish(d, 1, Taken{ProviderID: "wamid.1"}, nil, at(3))
	require.Equal(t, StateDelivered, d.State)
	require.Equal(t, AttemptDelivered, d.Attempts[0].State)
	require.Equal(t, "wamid.1", d.Attempts[0].ProviderID)
}

func TestRecordOfAnUnknownAttemptChangesNothing(t *testing.T) {
	t.Parallel()
	status := report(AttemptDelivered, 2)
	for _, n := range []int{-1, 0, 2} {
		status.Attempt = n
		_, news := testPolicy().record(sent(t), status, at(3))
		require.False(t, news)
	}
}

func TestLateFailureOfOneAttemptDoesNotHitTheNext(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d, _ := p.record(sent(t), report(AttemptFailed, 3), at(3))
	d = p.begin(d, SMS, "twilio", at(4))
	d = p.finish(d, 2, Taken{ProviderID: "SM1"}, nil, at(5))
	require.Equal(t, StateHandedOver, d.State)
	after, _ := p.record(d, report(AttemptFailed, 6), at(6))
	require.Equal(t, StateHandedOver, after.State)
	require.Equal(t, AttemptAccepted, after.Attempts[1].State)
}

// FBK-6: WhatsApp delivers after the SMS left.
func TestLateDeliveryIsRecorded(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.begin(sent(t), SMS, "twilio", at(33))
	d = p.finish(d, 2, Taken{ProviderID: "SM1"}, nil, at(34))
	require.Equal(t, StateHandedOver, d.State)
	d, _ = p.record(d, report(AttemptDelivered, 40), at(40))
	require.Equal(t, StateDelivered, d.State)
	require.Equal(t, Wait, p.Next(d, at(41)).Action)
}

func TestUsedCodeKeepsCancelledWhateverComes(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := use(sent(t), true, at(5))
	require.Equal(t, StateCancelled, d.State)
	require.Equal(t, at(5), d.UsedAt)
	require.True(t, d.Code.IsZero())
	d, news := p.record(d, report(AttemptDelivered, 6), at(6))
	require.True(t, news)
	require.Equal(t, StateCancelled, d.State)
	require.Equal(t, AttemptDelivered, d.Attempts[0].State)
}

// FBK-7: whatever order reports come in, and however often, the attempt ends in
// the same state and an ended delivery stays ended.
func TestReportsInAnyOrder(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	reports := []Report{report(AttemptSent, 3), report(AttemptDelivered, 4), report(AttemptRead, 5), report(AttemptFailed, 6)}
	for seed := range uint64(200) {
		shuffled := append([]Report(nil), reports...)
		shuffled = append(shuffled, reports...)
		random := rand.New(rand.NewPCG(seed, 0))
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		d := sent(t)
		delivered := false
		for i, s := range shuffled {
			before := attemptOrder(d.Attempts[0].State)
			d, _ = p.record(d, s, at(10+i))
			require.GreaterOrEqual(t, attemptOrder(d.Attempts[0].State), before, "seed %d", seed)
			delivered = delivered || s.State == AttemptDelivered || s.State == AttemptRead
			require.Equal(t, delivered, d.State.Ended(), "seed %d", seed)
			requireReasonFits(t, d.Attempts[0])
		}
		require.Equal(t, StateRead, d.State, "seed %d", seed)
	}
}

// requireReasonFits fails unless what is shown of a failure belongs to the state
// that is shown.
func requireReasonFits(t *testing.T, a Attempt) {
	t.Helper()
	bad := a.State == AttemptFailed || a.State == AttemptUnknown
	require.Equal(t, bad, a.Class != "" && a.Reason != "", "%s with class %q and reason %q", a.State, a.Class, a.Reason)
	require.True(t, bad || a.Code == "" && a.RetryAt.IsZero(), "%s with code %q", a.State, a.Code)
}

// A better state clears what was said of a worse one, whichever of answer and
// report comes first.
func TestReasonBelongsToTheState(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	failed := report(AttemptFailed, 5)
	failed.Class, failed.Code, failed.Reason = ClassTransient, "1", "Vonage says failed"
	unknown := &DeliveryError{Class: ClassUnknown, Reason: "no answer came"}
	sending := func() Delivery { return p.begin(testDelivery(t, nil), WhatsApp, "meta", at(1)) }
	sms := p.finish(p.begin(testDelivery(t, nil), SMS, "vonage", at(1)), 1, Taken{ProviderID: "1", Receipts: true}, nil, at(2))
	for name, c := range map[string]struct {
		from    Delivery
		answer  error
		reports []Report
		want    AttemptState
	}{
		"failed, then delivered":       {sms, nil, []Report{failed, report(AttemptDelivered, 6)}, AttemptDelivered},
		"failed, then read":            {sms, nil, []Report{failed, report(AttemptRead, 6)}, AttemptRead},
		"failed, and nothing else":     {sms, nil, []Report{failed}, AttemptFailed},
		"delivered, then failed":       {sms, nil, []Report{report(AttemptDelivered, 4), failed}, AttemptDelivered},
		"unknown, then sent":           {p.finish(sending(), 1, Taken{}, unknown, at(2)), nil, []Report{report(AttemptSent, 3)}, AttemptSent},
		"sent, and the answer is lost": {sending(), unknown, []Report{report(AttemptSent, 3)}, AttemptSent},
	} {
		d := c.from
		for _, s := range c.reports {
			d, _ = p.record(d, s, at(10))
		}
		if c.answer != nil {
			d = p.finish(d, 1, Taken{}, c.answer, at(11))
		}
		require.Equal(t, c.want, d.Attempts[0].State, name)
		requireReasonFits(t, d.Attempts[0])
	}
}

// Providers leave the time out, or tell states that we do not know.
func TestReportsThatLackSomething(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	timeless := Report{Attempt: 1, State: AttemptSent}
	d, news := p.record(sent(t), timeless, at(4))
	require.True(t, news)
	require.Equal(t, at(4), d.Attempts[0].SentAt)
	_, news = p.record(d, timeless, at(5))
	require.False(t, news)
	for _, state := range []AttemptState{"", "typing", AttemptAccepted, AttemptUnknown} {
		_, news := p.record(d, report(state, 6), at(6))
		require.False(t, news, state)
	}
}

func TestOnlyWhatsAppsFinalVerdictIsAnAlert(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for _, c := range []struct {
		channel Channel
		class   Class
		want    string
	}{
		{WhatsApp, ClassFinal, AlertIdentityChanged},
		{WhatsApp, ClassRecipient, ""},
		{SMS, ClassFinal, ""},
	} {
		d := p.begin(testDelivery(t, nil), c.channel, "provider", at(1))
		require.Equal(t, c.want, p.finish(d, 1, Taken{}, &DeliveryError{Class: c.class}, at(2)).Alert, c)
	}
}

func TestReferenceReadsBack(t *testing.T) {
	t.Parallel()
	id := testDelivery(t, nil).ID
	for attempt := 1; attempt < 12; attempt++ {
		got, n, ok := ParseReference(Reference(id, attempt))
		require.True(t, ok)
		require.Equal(t, id, got)
		require.Equal(t, attempt, n)
	}
	for _, foreign := range []string{"", "x", "x.1", id.String(), id.String() + ".", id.String() + ".0", id.String() + ".-1", id.String() + ".x"} {
		_, _, ok := ParseReference(foreign)
		require.False(t, ok, foreign)
	}
}

func TestBackoffStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	for n, base := range map[int]time.Duration{0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 30, 100: 30} {
		for range 100 {
			pause := JitteredBackoff(n)
			require.GreaterOrEqual(t, pause, base*time.Second/2)
			require.Less(t, pause, base*time.Second*3/2)
		}
	}
}

// A process that sends nothing leaves what has to be sent to others at once.
func TestWhatIsSentElsewhereIsDueAtOnce(t *testing.T) {
	t.Parallel()
	for elsewhere, due := range map[bool]time.Time{false: at(4).Add(handOver), true: at(4)} {
		p := testPolicy()
		p.SentElsewhere = elsewhere
		d, changed := p.record(sent(t), report(AttemptFailed, 3), at(4))
		require.True(t, changed)
		require.Equal(t, Send, p.Next(d, at(4)).Action)
		require.Equal(t, due, d.Due)
	}
}
