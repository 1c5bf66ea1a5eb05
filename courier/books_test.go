package courier

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testBooks() Books {
	return Books{
		Policy: testPolicy(),
		Limits: Limits{
			NumberMax: 3, NumberWindow: 10 * time.Minute, Total: Rate{Max: 9, Window: time.Second},
			Prefixes: []PrefixRate{{"+1202", Rate{10, time.Hour}}},
		},
		Budgets: Budgets{Total: []Rate{{10, time.Hour}}, Prefixes: []PrefixRate{{"+1", Rate{5, time.Hour}}}},
	}
}

// shown are entries in short.
func shown(entries []Quota) []string {
	var texts []string
	for _, q := range entries {
		act := map[Act]string{Enter: "enter", TakeBack: "take back", Forget: "forget"}[q.Act]
		texts = append(texts, fmt.Sprintf("%s %s %s", act, q.Name, q.Now.Sub(start)))
	}
	return texts
}

// RATE-1, RATE-8: what counts is what a provider took, or may have taken.
func TestLedgerFollowsTheDelivery(t *testing.T) {
	t.Parallel()
	b := testBooks()
	ended := func(s State, list ...Attempt) Delivery {
		return testDelivery(t, func(d *Delivery) { attempts(list...)(d); d.State = s })
	}
	live := func(list ...Attempt) Delivery { return ended(StateFallback, list...) }
	refused := Attempt{Channel: SMS, State: AttemptFailed, Class: ClassTransient, StartedAt: at(3)}
	doubtful := Attempt{Channel: SMS, State: AttemptFailed, Class: ClassDoubtful, StartedAt: at(3)}
	onWay := Attempt{Channel: SMS, State: AttemptSending, StartedAt: at(3)}
	unknown := Attempt{Channel: SMS, State: AttemptUnknown, Class: ClassUnknown, StartedAt: at(3)}
	taken := Attempt{Channel: SMS, State: AttemptAccepted, StartedAt: at(3), AcceptedAt: at(4), ProviderID: "SM1"}
	undelivered := Attempt{Channel: SMS, State: AttemptFailed, Class: ClassRecipient, StartedAt: at(3), AcceptedAt: at(4), ProviderID: "SM1"}
	reportedFirst := Attempt{Channel: SMS, State: AttemptFailed, Class: ClassRecipient, StartedAt: at(3), ProviderID: "SM1"}
	failed := Attempt{Channel: WhatsApp, State: AttemptFailed, Class: ClassRecipient, StartedAt: at(1), AcceptedAt: at(2), ProviderID: "wamid.1"}
	silent := Attempt{Channel: WhatsApp, State: AttemptSent, StartedAt: at(1), AcceptedAt: at(2), ProviderID: "wamid.1"}
	back := []string{"take back number 0s", "take back prefix 0s"}
	again := []string{"enter number 0s", "enter prefix 0s"}
	budget := []string{"enter sms_total 3s", "enter sms_prefix 3s"}
	budgetBack := []string{"take back sms_total 3s", "take back sms_prefix 3s"}
	for name, c := range map[string]struct {
		before, after Delivery
		want          []string
	}{
		"an SMS begins":                        {live(failed), live(failed, onWay), budget},
		"the provider refuses it":              {live(failed, onWay), live(failed, refused), budgetBack},
		"its gateway answers in its place":     {live(failed, onWay), live(failed, doubtful), nil},
		"and every channel failed":             {live(failed, doubtful), ended(StateFailed, failed, doubtful), nil},
		"the answer is lost":                   {live(failed, onWay), live(failed, unknown), nil},
		"the provider takes it":                {live(failed, onWay), live(failed, taken), nil},
		"it is reported as undelivered":        {live(failed, taken), ended(StateFailed, failed, undelivered), nil},
		"a refused one is reported after all":  {live(failed, refused), live(failed, reportedFirst), budget},
		"the last one is refused":              {live(failed, onWay), ended(StateFailed, failed, refused), append(append([]string{}, back...), budgetBack...)},
		"every channel failed":                 {live(failed, refused), ended(StateFailed, failed, refused), back},
		"nothing was sent":                     {live(), ended(StateExpired), back},
		"the code was used before it was sent": {live(), ended(StateCancelled), back},
		"WhatsApp may still arrive":            {live(silent), ended(StateExpired, silent), nil},
		"a request is under way at the end":    {live(onWay), ended(StateCancelled, onWay), nil},
		"and is refused then":                  {ended(StateCancelled, onWay), ended(StateCancelled, refused), append(append([]string{}, back...), budgetBack...)},
		"nothing changes":                      {ended(StateFailed, failed), ended(StateFailed, failed), nil},
		"what had failed is delivered":         {ended(StateFailed, failed), ended(StateDelivered, Attempt{Channel: WhatsApp, State: AttemptDelivered, StartedAt: at(1), AcceptedAt: at(2)}), append(append([]string{}, again...), "forget not_on_whatsapp 1s")},
		"what had failed is used":              {ended(StateFailed, undelivered), ended(StateFailed, undelivered), nil},
	} {
		require.Equal(t, c.want, shown(b.entries(c.before, c.after, at(9))), name)
	}
}

// A place that is taken again is one that was used: no limit refuses it, or the
// report could never be stored.
func TestOnlyNewRequestsCanBeRefused(t *testing.T) {
	t.Parallel()
	b := testBooks()
	before := testDelivery(t, attempts(Attempt{Channel: SMS, State: AttemptFailed, StartedAt: at(3)}))
	after := testDelivery(t, attempts(Attempt{Channel: SMS, State: AttemptDelivered, StartedAt: at(3)}))
	for _, q := range b.entries(before, after, at(9)) {
		require.Equal(t, Unlimited, q.Max, q.Name)
	}
	for _, q := range b.entries(testDelivery(t, nil), after, at(9)) {
		require.NotEqual(t, Unlimited, q.Max, q.Name)
	}
}

func TestAbsenceIsLearnedOnce(t *testing.T) {
	t.Parallel()
	b := Books{Policy: testPolicy()}
	before := b.Policy.begin(testDelivery(t, nil), WhatsApp, "meta", at(1))
	after := b.Policy.finish(before, 1, Taken{}, &DeliveryError{Class: ClassAbsent}, at(2))
	learned := b.memories(before, after, at(2))
	require.Equal(t, []string{"enter not_on_whatsapp 2s"}, shown(learned))
	require.Equal(t, 24*time.Hour, learned[0].Window)
	require.Empty(t, b.memories(after, after, at(3)))
	require.Len(t, b.memories(testDelivery(t, nil), after, at(3)), 1, "begun and failed in one step")
	for name, a := range map[string]Attempt{
		"by SMS":        {Channel: SMS, State: AttemptFailed, Class: ClassAbsent},
		"another fault": {Channel: WhatsApp, State: AttemptFailed, Class: ClassRecipient},
	} {
		require.Empty(t, b.memories(before, testDelivery(t, attempts(a)), at(3)), name)
	}
	b.Policy.AbsentFor = 0
	require.Empty(t, b.memories(before, after, at(2)))
}

// FBK-3: whoever gets a message is there. A late report of an earlier message does
// not undo what was learned after it.
func TestArrivalErasesTheMemory(t *testing.T) {
	t.Parallel()
	b := Books{Policy: testPolicy()}
	before := testDelivery(t, attempts(Attempt{Channel: WhatsApp, State: AttemptSent, StartedAt: at(10)}))
	for name, c := range map[string]struct {
		after Attempt
		want  []string
	}{
		"delivered":                {Attempt{State: AttemptDelivered, DeliveredAt: at(20)}, []string{"forget not_on_whatsapp 21s"}},
		"read":                     {Attempt{State: AttemptRead, DeliveredAt: at(20), ReadAt: at(25)}, []string{"forget not_on_whatsapp 26s"}},
		"by a clock that is ahead": {Attempt{State: AttemptDelivered, DeliveredAt: at(900)}, []string{"forget not_on_whatsapp 30s"}},
		"by a clock that is slow":  {Attempt{State: AttemptDelivered, DeliveredAt: at(-900)}, []string{"forget not_on_whatsapp 10s"}},
		"only sent":                {Attempt{State: AttemptSent}, nil},
	} {
		c.after.Channel, c.after.StartedAt = WhatsApp, at(10)
		require.Equal(t, c.want, shown(b.memories(before, testDelivery(t, attempts(c.after)), at(30))), name)
		c.after.Channel = SMS
		require.Empty(t, b.memories(before, testDelivery(t, attempts(c.after)), at(30)), "%s by SMS", name)
	}
	read := testDelivery(t, attempts(Attempt{Channel: WhatsApp, State: AttemptRead, StartedAt: at(10)}))
	require.Empty(t, b.memories(testDelivery(t, attempts(Attempt{Channel: WhatsApp, State: AttemptDelivered})), read, at(30)), "once is enough")
}

// The provider of SMS is down for a while: the budget is there when it is back.
func TestOutageOfTheSMSProviderLeavesTheBudget(t *testing.T) {
	t.Parallel()
	inBubble(t, func(p *Policy) { p.Mode = SMSOnly }, func(t *testing.T, r *rig) {
		down := &DeliveryError{Class: ClassTransient, Reason: "down"}
		for range 6 {
			r.sms.next = append(r.sms.next, down)
		}
		for id := range byte(3) {
			r.accept(t, id, true)
			r.pass(10 * time.Second)
		}
		require.Equal(t, 6, r.sms.count(), "two tries each")
		for id := range byte(2) {
			require.Equal(t, StateHandedOver, r.store.get(r.acceptAndPass(t, 3+id)).State)
		}
		require.Equal(t, "sms_total_limit", r.store.get(r.acceptAndPass(t, 5)).Reason, "two were taken, and two are allowed")
	})
}

func (r *rig) acceptAndPass(t *testing.T, id byte) ID {
	t.Helper()
	accepted := r.accept(t, id, true)
	r.pass(10 * time.Second)
	return accepted
}

func TestWhoWritesIsOnWhatsApp(t *testing.T) {
	t.Parallel()
	for from, numbers := range map[string][]string{
		"+12025550143":   {"+12025550143"},
		"+558588887777":  {"+558588887777", "+5585988887777"},
		"+5585988887777": {"+5585988887777", "+558588887777"},
		"+558532345678":  {"+558532345678"}, // a landline has no ninth digit
		"+5491123456789": {"+5491123456789", "+541123456789"},
		"+541123456789":  {"+541123456789", "+5491123456789"},
		"+5215512345678": {"+525512345678"},
	} {
		phone, err := ParsePhone(from)
		require.NoError(t, err)
		r := newTracker(sent(t))
		for _, number := range numbers {
			r.store.enter(r.Books.Policy.absence(KnownPhone(number), at(2)))
		}
		require.NoError(t, r.Seen(t.Context(), phone, at(0)))
		require.Len(t, r.store.known, len(numbers), "%s wrote before that was learned", from)
		require.NoError(t, r.Seen(t.Context(), phone, at(3)))
		require.Empty(t, r.store.known, from)
	}
}

// A clock that was ahead and is set back leaves codes whose age no one knows.
func TestCodesFromTheFutureAreNotSent(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := testDelivery(t, nil)
	require.Equal(t, Send, p.Next(d, start.Add(-p.MinRest)).Action, "no more than what every code has left")
	require.Equal(t, Step{Action: End, State: StateExpired, Reason: ReasonSetBack}, p.Next(d, start.Add(-p.MinRest-1)))
	inBubble(t, nil, func(t *testing.T, r *rig) {
		future := r.accept(t, 1, false)
		kept := r.store.get(future)
		kept.AcceptedAt, kept.ExpiresAt, kept.State = kept.AcceptedAt.Add(time.Hour), kept.ExpiresAt.Add(time.Hour), StateDelivered
		r.store.kept[future] = kept
		r.acceptTo(t, "+12025550101", 2, true)
		r.pass(40 * time.Second)
		require.Equal(t, 1, r.sms.count(), "what lies in the future overtakes nobody")
	})
}
