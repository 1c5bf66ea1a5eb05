package courier

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func blocking(events ...string) Block { return Block{Events: events, For: time.Hour} }

// The commit that notes the event is the one that blocks the number.
func TestASecurityEventBlocksTheNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		events []string
		want   []Quota
	}{
		{nil, nil},
		{[]string{AlertIdentityChanged}, nil},
		{[]string{AlertIdentityChanged, AlertNotRequested}, []Quota{{Name: ReasonBlocked, Subject: "+12025550143", Max: Unlimited, Window: time.Hour, Now: at(6)}}},
	} {
		d := sent(t)
		r := newTracker(d)
		r.Books.Limits.Block = blocking(c.events...)
		r.Books.Policy.AbsentFor = 0
		for range 2 {
			require.NoError(t, r.Disown(t.Context(), "meta", "wamid.1"))
		}
		var blocked []Quota
		for _, q := range r.store.ledger {
			if q.Name == ReasonBlocked {
				blocked = append(blocked, q)
			}
		}
		require.Equal(t, c.want, blocked)
	}
}

// What is reported later of the same delivery does not make the block longer.
func TestABlockBeginsOnce(t *testing.T) {
	t.Parallel()
	before := sent(t)
	after, _ := disown(before, at(6))
	b := blocking(AlertNotRequested)
	require.Len(t, b.entries(before, after, at(6)), 1)
	require.Empty(t, b.entries(after, after, at(7)))
}

func TestABlockedNumberGetsNoCodes(t *testing.T) {
	t.Parallel()
	r := newIntake(func(in *Intake) { in.Limits.Block = blocking(AlertNotRequested) })
	blocked, other := loginTo(t, "+12025550143"), loginTo(t, "+12025550144")
	r.store.enter(r.intake.Limits.Block.of(blocked.To, start.Add(-time.Hour+time.Second)))
	got := r.take(t, blocked)
	require.Equal(t, []any{StateSuppressed, ReasonBlocked, ""}, []any{got.Delivery.State, got.Delivery.Reason, got.Delivery.NoWhatsApp})
	require.Equal(t, StateAccepted, r.take(t, other).Delivery.State)

	r = newIntake(func(in *Intake) { in.Limits.Block = blocking(AlertNotRequested) })
	r.store.enter(r.intake.Limits.Block.of(blocked.To, start.Add(-time.Hour)))
	require.Equal(t, StateAccepted, r.take(t, blocked).Delivery.State, "it is over")
}

func TestBlocksAreAskedForWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	d := testDelivery(t, nil)
	names := func(l Limits) (names []string) {
		for _, m := range l.accept(d, testPolicy(), time.Minute).Memories {
			names = append(names, m.Name)
		}
		return names
	}
	require.Equal(t, []string{ReasonAbsent}, names(Limits{}))
	require.Equal(t, []string{ReasonBlocked, ReasonAbsent}, names(Limits{Block: blocking(AlertNotRequested)}), "the strongest first")
}

func TestABlockIsShownUntilWhen(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newDesk(d)
	r.Books.Limits.Block = blocking(AlertNotRequested)
	until, err := r.BlockedUntil(t.Context(), d.To)
	require.NoError(t, err)
	require.Zero(t, until)
	r.store.enter(r.Books.Limits.Block.of(d.To, at(4)))
	until, err = r.BlockedUntil(t.Context(), d.To)
	require.NoError(t, err)
	require.Equal(t, at(4).Add(time.Hour), until)
	r.Books.Limits.Block = Block{}
	until, err = r.BlockedUntil(t.Context(), d.To)
	require.NoError(t, err)
	require.Zero(t, until, "it is switched off")
}

// Meta's word of a changed identity may come without a code under way, and names no
// message.
func TestAChangedIdentityIsNotedOnTheNewestDelivery(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	r.Books.Limits.Block = blocking(AlertIdentityChanged)
	after, news, err := r.Distrust(t.Context(), d.To, at(5))
	require.NoError(t, err)
	require.True(t, news)
	require.Equal(t, []any{d.ID, AlertIdentityChanged, StateCancelled, AlertIdentityChanged}, []any{after.ID, after.Alert, after.State, after.Reason})
	require.Equal(t, []State{StateCancelled}, r.watcher.seen().ended)
	require.Empty(t, r.watcher.seen().alerts, "who told of it counts it")
	_, news, err = r.Distrust(t.Context(), d.To, at(5))
	require.NoError(t, err)
	require.False(t, news)

	ended := cancel(sent(t), ReasonUsed, at(3))
	r = newTracker(ended)
	after, news, err = r.Distrust(t.Context(), ended.To, at(5))
	require.NoError(t, err)
	require.True(t, news)
	require.Equal(t, []any{StateCancelled, ReasonUsed, AlertIdentityChanged}, []any{after.State, after.Reason, after.Alert}, "how it ended stays")
}

// Kratos' messages say whose a number is. Where none is kept, the number is all there is.
func TestANumberWithoutADeliveryIsBlockedAlone(t *testing.T) {
	t.Parallel()
	r := newTracker(sent(t))
	r.Entries = r.store
	r.Books.Limits.Block = blocking(AlertNotRequested)
	brazilian := KnownPhone("+5511961234567")
	told := func(since int) (Delivery, bool) {
		t.Helper()
		d, news, err := r.Distrust(t.Context(), brazilian, at(since))
		require.NoError(t, err)
		return d, news
	}
	unknown := Delivery{To: brazilian, Alert: AlertIdentityChanged}
	d, news := told(5)
	require.Equal(t, unknown, d)
	require.True(t, news, "though nothing follows from it for the number")
	require.Empty(t, r.store.entries(ReasonBlocked))

	r.Books.Limits.Block = blocking(AlertIdentityChanged)
	d, news = told(5)
	require.Equal(t, unknown, d)
	require.True(t, news)
	var subjects []string
	for _, q := range r.store.entries(ReasonBlocked) {
		require.Equal(t, r.Books.Limits.Block.of(KnownPhone(q.Subject), at(5)), q)
		subjects = append(subjects, q.Subject)
	}
	require.Equal(t, []string{"+5511961234567", "+551161234567"}, subjects, "by each spelling")
	_, news = told(5)
	require.False(t, news, "Meta tells it again")
	require.Len(t, r.store.entries(ReasonBlocked), 2)
	_, news = told(99)
	require.True(t, news)
	require.Equal(t, at(6), r.store.entries(ReasonBlocked)[2].Now, "a clock that is ahead blocks no longer")

	r.store.broken = errors.New("no database")
	_, _, err := r.Distrust(t.Context(), brazilian, at(7))
	require.ErrorContains(t, err, "no database")
}
