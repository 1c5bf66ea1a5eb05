package courier

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// eraser notes which numbers were erased.
type eraser struct {
	erased []string
	broken error
}

func (e *eraser) EraseNumber(_ context.Context, p Phone) (int, error) {
	e.erased = append(e.erased, p.E164())
	return 1, e.broken
}

// deskRig is a desk over one stored delivery, at second 10.
type deskRig struct {
	*Desk
	store   *fakeStore
	watcher *watcher
	eraser  *eraser
	handed  []Delivery
}

func newDesk(deliveries ...Delivery) *deskRig {
	r := &deskRig{store: newFakeStore(), watcher: &watcher{}, eraser: &eraser{}}
	for _, d := range deliveries {
		d.Version = 1
		r.store.kept[d.ID] = d
	}
	r.Desk = &Desk{
		Store: r.store, Ledger: r.store, Eraser: r.eraser, Recent: &Recent{}, Observer: r.watcher,
		Books: Books{
			Policy:  testPolicy(),
			Limits:  Limits{NumberMax: 3, NumberWindow: 10 * time.Minute, Total: Rate{100, time.Hour}, Prefixes: []PrefixRate{{"+1202", Rate{5, time.Minute}}, {"+44", Rate{6, time.Minute}}}},
			Budgets: Budgets{Total: []Rate{{2, time.Hour}}, Prefixes: []PrefixRate{{"+1202", Rate{0, time.Hour}}}},
		},
		HandOver: func(d Delivery) { r.handed = append(r.handed, d) },
		Now:      func() time.Time { return at(10) },
	}
	return r
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	refused, ok := errors.AsType[*RefusedError](err)
	require.True(t, ok, "%v", err)
	return refused.Why
}

func TestCancelEndsWhatLives(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	after, err := r.Cancel(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, StateCancelled, after.State)
	require.Equal(t, ReasonOperator, after.Reason)
	require.True(t, after.Code.IsZero())
	require.Equal(t, after, r.store.get(d.ID))
	require.Equal(t, []State{StateCancelled}, r.watcher.seen().ended)

	_, err = r.Cancel(t.Context(), d.ID)
	require.Equal(t, RefusedEnded, refusal(t, err))
	_, err = r.Cancel(t.Context(), ID{9})
	require.ErrorIs(t, err, ErrNotFound)
	_, err = newDesk(d).at(d.ExpiresAt).Cancel(t.Context(), d.ID)
	require.Equal(t, RefusedExpired, refusal(t, err))
	r = newDesk(d)
	r.store.lose(d.ID)
	_, err = r.Cancel(t.Context(), d.ID)
	require.ErrorIs(t, err, ErrUnreadable)
}

// at moves the desk's clock.
func (r *deskRig) at(now time.Time) *deskRig {
	r.Desk.Now = func() time.Time { return now }
	return r
}

func TestResendGoesBySMSAtOnce(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	r.Books.Budgets.Prefixes = nil
	after, err := r.Resend(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, StateFallback, after.State)
	require.Equal(t, ReasonOperator, after.NoWhatsApp)
	require.Equal(t, []Delivery{after}, r.handed)
	require.Equal(t, Step{Action: Send, Channel: SMS}, r.Books.Policy.Next(after, at(10)))

	_, err = r.Resend(t.Context(), d.ID)
	require.Equal(t, RefusedUnderWay, refusal(t, err), "once is enough")
	require.Len(t, r.handed, 1)
}

func TestWhyNothingIsResent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testing.T, *deskRig, *Delivery)
		why    string
	}{
		"ended":         {func(_ *testing.T, _ *deskRig, d *Delivery) { *d = cancel(*d, ReasonUsed, at(5)) }, RefusedEnded},
		"expires":       {func(_ *testing.T, r *deskRig, d *Delivery) { r.at(d.ExpiresAt.Add(-10 * time.Second)) }, RefusedExpired},
		"only WhatsApp": {func(_ *testing.T, r *deskRig, _ *Delivery) { r.Books.Policy.Mode = WhatsAppOnly }, RefusedNoSMS},
		"no money":      {func(_ *testing.T, _ *deskRig, d *Delivery) { d.NoSMS = "sms_total_limit" }, RefusedNoSMS},
		"asked for SMS": {func(_ *testing.T, _ *deskRig, d *Delivery) { d.Asked, d.Attempts = SMS, nil }, RefusedUnderWay},
		"SMS only":      {func(_ *testing.T, r *deskRig, d *Delivery) { r.Books.Policy.Mode, d.Attempts = SMSOnly, nil }, RefusedUnderWay},
		"an SMS left":   {func(_ *testing.T, r *deskRig, d *Delivery) { *d = r.Books.Policy.begin(*d, SMS, "twilio", at(9)) }, RefusedUnderWay},
		"prefix budget": {func(*testing.T, *deskRig, *Delivery) {}, "sms_prefix_limit"},
		"total budget":  {func(_ *testing.T, r *deskRig, _ *Delivery) { r.Books.Budgets = Budgets{Total: []Rate{{0, time.Hour}}} }, "sms_total_limit"},
		"spent budget": {func(_ *testing.T, r *deskRig, d *Delivery) {
			r.Books.Budgets.Prefixes = nil
			for _, second := range []int{1, 2} {
				for _, q := range r.Books.Budgets.quotas(d.To, at(second)) {
					r.store.enter(q)
				}
			}
		}, "sms_total_limit"},
	} {
		d, r := sent(t), newDesk()
		c.change(t, r, &d)
		d.Version = 1
		r.store.kept[d.ID] = d
		_, err := r.Resend(t.Context(), d.ID)
		require.Equal(t, c.why, refusal(t, err), name)
		require.Empty(t, r.handed, name)
		require.EqualValues(t, 1, r.store.get(d.ID).Version, name)
	}
}

// A report that comes while the operator decides is not overwritten.
func TestAnOperatorDecidesByTheLatestVersion(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	r.Books.Budgets.Prefixes = nil
	r.store.beforeSave = func(Delivery) {
		r.store.beforeSave = nil
		delivered, _ := r.Books.Policy.record(r.store.get(d.ID), report(AttemptDelivered, 9), at(9))
		_, err := r.store.Save(t.Context(), delivered, nil)
		require.NoError(t, err)
	}
	_, err := r.Resend(t.Context(), d.ID)
	require.Equal(t, RefusedEnded, refusal(t, err))
	require.Equal(t, StateDelivered, r.store.get(d.ID).State)
	require.Empty(t, r.handed)
}

func TestUsageTellsWhatIsLeftAndWhenItFrees(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	for _, second := range []int{2, 5} {
		for _, q := range append(r.Books.Limits.ofNumber(d.To, at(second)), r.Books.Limits.ofAll(at(second))...) {
			r.store.enter(q)
		}
	}
	frees := func(second int, window time.Duration) time.Time { return at(second).Add(window) }
	own, err := r.Usage(t.Context(), d.To)
	require.NoError(t, err)
	require.Equal(t, []Usage{
		{Name: "number", Max: 3, Window: 10 * time.Minute, Used: 2, FreesAt: frees(2, 10*time.Minute)},
		{Name: "prefix", Prefix: "+1202", Max: 5, Window: time.Minute, Used: 2, FreesAt: frees(2, time.Minute)},
		{Name: "total", Max: 100, Window: time.Hour, Used: 2, FreesAt: frees(2, time.Hour)},
		{Name: "sms_total", Max: 2, Window: time.Hour},
		{Name: "sms_prefix", Prefix: "+1202", Max: 0, Window: time.Hour},
	}, own)
	require.Equal(t, 1, own[0].Left())
	all, err := r.Usage(t.Context(), Phone{})
	require.NoError(t, err)
	require.Equal(t, []Usage{
		own[2], own[3], own[1],
		{Name: "prefix", Prefix: "+44", Max: 6, Window: time.Minute},
		own[4],
	}, all)

	// More than allowed may be counted: the place that is given back next is not the
	// oldest one's.
	for _, second := range []int{3, 4} {
		r.store.enter(r.Books.Limits.own(d.To, at(second)))
	}
	own, err = r.Usage(t.Context(), d.To)
	require.NoError(t, err)
	require.Equal(t, Usage{Name: "number", Max: 3, Window: 10 * time.Minute, Used: 3, FreesAt: frees(3, 10*time.Minute)}, own[0])
	r.store.broken = errors.New("disk")
	_, err = r.Usage(t.Context(), d.To)
	require.ErrorIs(t, err, r.store.broken)
}

func TestANumberThatIsNotOnWhatsAppIsShownUntilWhen(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	until, err := r.AbsentUntil(t.Context(), d.To)
	require.NoError(t, err)
	require.Zero(t, until)
	r.store.enter(r.Books.Policy.absence(d.To, at(4)))
	until, err = r.AbsentUntil(t.Context(), d.To)
	require.NoError(t, err)
	require.Equal(t, at(4).Add(24*time.Hour), until)
}

func TestResetForgetsWhatIsTheNumbersOwn(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	asked := map[string]Quota{}
	r.Desk.Store = forgetting{r.store, asked}
	require.NoError(t, r.Reset(t.Context(), d.To))
	require.Equal(t, map[string]Quota{
		"number":          r.Books.Limits.own(d.To, at(10)),
		"not_on_whatsapp": r.Books.Policy.absence(d.To, at(10)),
		"number_blocked":  r.Books.Limits.Block.of(d.To, at(10)),
	}, asked)
}

// forgetting notes what is forgotten.
type forgetting struct {
	*fakeStore
	asked map[string]Quota
}

func (f forgetting) Forget(_ context.Context, q Quota) error {
	f.asked[q.Name] = q
	return f.broken
}

func TestForgetEndsWhatIsPendingAndErasesTheNumber(t *testing.T) {
	t.Parallel()
	live, done, other := sent(t), sent(t), sent(t)
	done.ID, other.ID = ID{2}, ID{3}
	done, other.To = cancel(done, ReasonUsed, at(3)), KnownPhone("+447700900110")
	r := newDesk(live, done, other)
	asked := map[string]Quota{}
	r.Desk.Store = forgetting{r.store, asked}
	r.Recent.put(r.store.get(done.ID))
	r.Recent.put(r.store.get(other.ID))
	n, err := r.Forget(t.Context(), live.To)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []string{live.To.E164()}, r.eraser.erased)
	require.Equal(t, StateCancelled, r.store.get(live.ID).State)
	require.Equal(t, ReasonForgotten, r.store.get(live.ID).Reason)
	require.Equal(t, ReasonUsed, r.store.get(done.ID).Reason)
	require.Equal(t, StateSent, r.store.get(other.ID).State)
	require.Len(t, asked, 2)
	for _, id := range []ID{live.ID, done.ID} {
		_, known := r.Recent.after(id, 0)
		require.False(t, known, "memory forgets too")
	}
	_, known := r.Recent.after(other.ID, 0)
	require.True(t, known)

	r.eraser.broken = errors.New("disk")
	_, err = r.Forget(t.Context(), live.To)
	require.ErrorIs(t, err, r.eraser.broken)
	r = newDesk(live)
	r.store.lose(live.ID)
	_, err = r.Forget(t.Context(), live.To)
	require.ErrorIs(t, err, ErrUnreadable, "what cannot be ended keeps its number")
}

// What has lost its number counts for none.
func TestADeliveryWithoutNumberChangesNoBooks(t *testing.T) {
	t.Parallel()
	before := sent(t)
	before.To = Phone{}
	after := before
	after = cancel(after, ReasonUsed, at(5))
	after.Attempts = append([]Attempt(nil), before.Attempts...)
	after.Attempts[0].State, after.Attempts[0].Class = AttemptFailed, ClassAbsent
	require.Empty(t, newDesk().Books.entries(before, after, at(6)))
}
