package courier

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type usedRig struct {
	store   *fakeStore
	watcher *watcher
	codes   *UsedCodes
}

func newUsed() *usedRig {
	r := &usedRig{store: newFakeStore(), watcher: &watcher{}}
	r.codes = &UsedCodes{Store: r.store, Observer: r.watcher, Now: func() time.Time { return at(60) }}
	return r
}

// by records that a person found by identity used a code.
func (r *usedRig) by(t *testing.T, identity string, purpose Purpose) {
	t.Helper()
	require.NoError(t, r.codes.Record(t.Context(), purpose, []Query{{Identity: identity}}))
}

// with records that someone with these numbers used a code.
func (r *usedRig) with(t *testing.T, purpose Purpose, numbers ...string) {
	t.Helper()
	var person []Query
	for _, number := range numbers {
		person = append(person, Query{To: KnownPhone(number)})
	}
	require.NoError(t, r.codes.Record(t.Context(), purpose, person))
}

// keep stores a delivery that waits for its phone.
func (r *usedRig) keep(t *testing.T, id byte, acceptedAt int, change func(*Delivery)) ID {
	t.Helper()
	d := sent(t)
	d.ID, d.Identity, d.AcceptedAt, d.Version = ID{id}, "someone", at(acceptedAt), 1
	if change != nil {
		change(&d)
	}
	r.store.kept[d.ID] = d
	return d.ID
}

func TestLoginCancelsWhatIsPending(t *testing.T) {
	t.Parallel()
	r := newUsed()
	older := r.keep(t, 1, 0, nil)
	newest := r.keep(t, 2, 10, nil)
	other := r.keep(t, 3, 20, func(d *Delivery) { d.Identity = "someone else" })
	verification := r.keep(t, 4, 30, func(d *Delivery) { d.Purpose = Verification })

	r.by(t, "someone", Login)
	for _, id := range []ID{older, newest} {
		require.Equal(t, StateCancelled, r.store.get(id).State)
		require.True(t, r.store.get(id).Code.IsZero())
	}
	require.Zero(t, r.store.get(older).UsedAt, "only one code lets in, and people use the newest")
	require.Equal(t, at(60), r.store.get(newest).UsedAt)
	require.Equal(t, StateSent, r.store.get(other).State)
	require.Equal(t, StateSent, r.store.get(verification).State)
	require.Equal(t, 1, r.watcher.seen().used)
	require.Equal(t, []State{StateCancelled, StateCancelled}, r.watcher.seen().ended)
}

// Another replica has accepted it by a clock that is a little ahead.
func TestLoginWithACodeOfAnotherReplicaCounts(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 60, func(d *Delivery) { d.AcceptedAt = d.AcceptedAt.Add(500 * time.Millisecond) })
	r.by(t, "someone", Login)
	require.Equal(t, StateCancelled, r.store.get(id).State)
	require.False(t, r.store.get(id).UsedAt.IsZero())
}

func TestLoginAfterDeliveryCountsTheConversion(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 0, func(d *Delivery) { d.end(StateDelivered, "", at(5)) })
	r.by(t, "someone", Login)
	require.Equal(t, StateDelivered, r.store.get(id).State)
	require.Equal(t, at(60), r.store.get(id).UsedAt)
	r.by(t, "someone", Login)
	require.Equal(t, 1, r.watcher.seen().used, "a code is used once")
}

// One delivery that cannot be read any more keeps no other pending.
func TestLoginPassesOverWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newUsed()
	older, lost, newest := r.keep(t, 1, 0, nil), r.keep(t, 2, 10, nil), r.keep(t, 3, 20, nil)
	r.store.lose(lost)
	r.by(t, "someone", Login)
	require.Equal(t, StateCancelled, r.store.get(older).State)
	require.Equal(t, at(60), r.store.get(newest).UsedAt)
	require.Equal(t, []string{"recording a used code"}, r.watcher.seen().trouble)
}

func TestVerificationCountsItsOwnCode(t *testing.T) {
	t.Parallel()
	r := newUsed()
	login := r.keep(t, 1, 0, nil)
	verification := r.keep(t, 2, 10, func(d *Delivery) { d.Purpose = Verification })
	suppressed := r.keep(t, 3, 20, func(d *Delivery) { d.Purpose = Verification; d.end(StateSuppressed, "number_limit", at(20)) })
	r.by(t, "someone", Verification)
	require.Zero(t, r.store.get(login).UsedAt)
	require.Zero(t, r.store.get(suppressed).UsedAt, "it was never sent")
	require.Equal(t, at(60), r.store.get(verification).UsedAt)
}

func TestCodeThatHasExpiredCountsAsUnused(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 0, func(d *Delivery) { d.ExpiresAt = at(60) })
	r.by(t, "someone", Login)
	require.Zero(t, r.store.get(id).UsedAt)
	require.Zero(t, r.watcher.seen().used)
	require.Equal(t, StateCancelled, r.store.get(id).State, "the person is in all the same")
}

// A report that comes at the same time makes the record start over.
func TestConversionIsCountedDespiteAConflict(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 0, nil)
	var once sync.Once
	r.store.beforeSave = func(d Delivery) {
		once.Do(func() { r.store.kept[id] = withVersion(r.store.kept[id], d.Version+1) })
	}
	r.by(t, "someone", Login)
	require.Equal(t, at(60), r.store.get(id).UsedAt)
	require.Equal(t, 1, r.watcher.seen().used)
}

func withVersion(d Delivery, v int64) Delivery { d.Version = v; return d }

func TestRegistrationIsFoundByPhone(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 0, func(d *Delivery) { d.Identity, d.Purpose = "", Registration })
	r.with(t, Registration, "+12025550143")
	require.Equal(t, StateCancelled, r.store.get(id).State)
	require.Equal(t, 1, r.watcher.seen().used)
}

func TestRegistrationWithSeveralPhonesOrNone(t *testing.T) {
	t.Parallel()
	r := newUsed()
	id := r.keep(t, 1, 0, func(d *Delivery) { d.Identity, d.Purpose = "", Registration })
	r.with(t, Registration)
	require.Equal(t, StateSent, r.store.get(id).State)
	r.with(t, Registration, "+442079460000", "+12025550143")
	require.Equal(t, StateCancelled, r.store.get(id).State)
	require.Equal(t, 1, r.watcher.seen().used)
}

func TestRecoveryCancelsWhatIsPending(t *testing.T) {
	t.Parallel()
	r := newUsed()
	login := r.keep(t, 1, 0, nil)
	recovery := r.keep(t, 2, 10, func(d *Delivery) { d.Purpose = Recovery })
	r.by(t, "someone", Recovery)
	require.Equal(t, StateCancelled, r.store.get(recovery).State)
	require.Equal(t, at(60), r.store.get(recovery).UsedAt)
	require.Equal(t, StateSent, r.store.get(login).State)
	require.Equal(t, 1, r.watcher.seen().used)
}

func TestOneLoginIsOneUse(t *testing.T) {
	t.Parallel()
	r := newUsed()
	older := r.keep(t, 1, 0, func(d *Delivery) { d.end(StateDelivered, "", at(5)) })
	r.keep(t, 2, 10, func(d *Delivery) { d.end(StateDelivered, "", at(15)) })
	for range 2 {
		r.by(t, "someone", Login)
	}
	require.Equal(t, 1, r.watcher.seen().used)
	require.Zero(t, r.store.get(older).UsedAt, "a second login by other means is no use of the older code")
}

func TestStrangersHaveUsedNoCodeOfOurs(t *testing.T) {
	t.Parallel()
	r := newUsed()
	r.by(t, "a stranger", Login)
	require.Zero(t, r.watcher.seen().used)
}

func TestUsedCodeThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	r := newUsed()
	r.keep(t, 1, 0, nil)
	r.store.broken = errors.New("disk full")
	require.ErrorIs(t, r.codes.Record(t.Context(), Login, []Query{{Identity: "someone"}}), r.store.broken)
	require.Equal(t, []string{"recording a used code"}, r.watcher.seen().trouble)
}
