package courier

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestAReportOfWhatWasJustSavedNeedsNoLoad(t *testing.T) {
	t.Parallel()
	r := newTracker(sent(t))
	r.Recent = &Recent{}
	require.NoError(t, r.Track(t.Context(), []Report{about(r.only(), AttemptSent, 3)}))
	r.Store = loadless{r.store}
	require.NoError(t, r.Track(t.Context(), []Report{about(r.only(), AttemptDelivered, 4)}))
	require.NoError(t, r.Track(t.Context(), []Report{about(r.only(), AttemptRead, 5)}))
	require.Equal(t, StateRead, r.only().State)
	require.Equal(t, at(4), r.only().Attempts[0].DeliveredAt, "what was reported in between is kept")
}

// Another process has saved the delivery since this one did.
func TestWhatIsRememberedMayBeOutdated(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	remembered := sent(t)
	remembered.Version = 1
	for name, c := range map[string]struct {
		since   func(Delivery) Delivery
		report  Report
		state   State
		reports int // that changed something
	}{
		"the report changes both versions": {
			since:  func(d Delivery) Delivery { d, _ = p.record(d, report(AttemptSent, 3), at(3)); return d },
			report: about(remembered, AttemptDelivered, 4), state: StateDelivered, reports: 1,
		},
		"the report is about an attempt that only the other knows": {
			since:  func(d Delivery) Delivery { return p.begin(d, SMS, "twilio", at(3)) },
			report: Report{Delivery: remembered.ID, Attempt: 2, State: AttemptDelivered, At: at(4)}, state: StateDelivered, reports: 1,
		},
		"the other has recorded the same report": {
			since:  func(d Delivery) Delivery { d, _ = p.record(d, report(AttemptDelivered, 4), at(4)); return d },
			report: about(remembered, AttemptDelivered, 4), state: StateDelivered, reports: 0,
		},
	} {
		r := newTracker(c.since(remembered))
		stored := r.only()
		stored.Version = remembered.Version + 1
		r.store.kept[stored.ID] = stored
		r.Recent = &Recent{}
		r.Recent.put(remembered)
		require.NoError(t, r.Track(t.Context(), []Report{c.report}), name)
		require.Equal(t, c.state, r.only().State, name)
		require.Len(t, r.watcher.reported, c.reports, name)
	}
}

// The answer to a request and the first report of it come at once: none saves in vain.
func TestChangesOfADeliveryFollowEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := sent(t)
		r := newTracker(d)
		r.Recent = &Recent{}
		var second chan error
		saves := 0
		r.store.beforeSave = func(Delivery) {
			if saves++; saves > 1 {
				return
			}
			second = make(chan error, 1)
			go func() { second <- r.Track(t.Context(), []Report{about(d, AttemptDelivered, 4)}) }()
			synctest.Wait() // It has come as far as it can.
		}
		require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptSent, 3)}))
		require.NoError(t, <-second)
		require.Equal(t, StateDelivered, r.only().State)
		require.Equal(t, at(3), r.only().Attempts[0].SentAt)
		require.Equal(t, 2, saves)
	})
}

func TestWhoWaitsForAnotherChangeMayGiveUp(t *testing.T) {
	t.Parallel()
	r, id := &Recent{}, uuid.New()
	leave, err := r.enter(t.Context(), id)
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the caller is gone")
	cancel(gone)
	_, err = r.enter(ctx, id)
	require.ErrorIs(t, err, gone)
	leaveOther, err := r.enter(ctx, uuid.New())
	require.NoError(t, err, "another delivery is free")
	leaveOther()
	leave()
	require.Empty(t, r.busy)
}

// A step of the plan saves without asking who else does: what it left is known at once.
func TestWhoComesAfterAStepNeedsNoLoad(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	r.Recent = &Recent{}
	r.Recent.put(r.only())
	step := r.only()
	r.store.beforeSave = func(Delivery) {
		r.store.beforeSave = nil
		next, _ := r.Books.Policy.record(step, report(AttemptSent, 3), at(3))
		saved, err := r.store.Save(t.Context(), next, nil)
		require.NoError(t, err)
		r.Recent.put(saved)
	}
	r.Store = loadless{r.store}
	require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptDelivered, 4)}))
	require.Equal(t, StateDelivered, r.only().State)
	require.Equal(t, at(3), r.only().Attempts[0].SentAt)
}

func TestRecentRemembersTheNewestVersions(t *testing.T) {
	t.Parallel()
	r := &Recent{}
	ids := make([]ID, recentSize)
	for i := range ids {
		ids[i] = uuid.New()
		r.put(Delivery{ID: ids[i], Version: 2})
	}
	r.put(Delivery{ID: ids[0], Version: 1})
	r.put(Delivery{ID: ids[1], Version: 3})
	for i, want := range []int64{2, 3, 2} {
		d, known := r.after(ids[i], 0)
		require.True(t, known)
		require.Equal(t, want, d.Version)
	}
	for range 2 {
		r.put(Delivery{ID: uuid.New(), Version: 1})
	}
	for i, want := range []bool{false, false, true} {
		_, known := r.after(ids[i], 0)
		require.Equal(t, want, known, "the first that came go first")
	}
	require.Len(t, r.byID, recentSize)

	var nothing *Recent
	nothing.put(Delivery{ID: ids[0]})
	_, known := nothing.after(ids[0], 0)
	require.False(t, known)
}

// The code is gone from memory with the end of its delivery.
func TestRecentKeepsNoCodeOfWhatHasEnded(t *testing.T) {
	t.Parallel()
	r := newTracker(sent(t))
	r.Recent = &Recent{}
	d := r.only()
	require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptSent, 3)}))
	remembered, _ := r.Recent.after(d.ID, 0)
	require.False(t, remembered.Code.IsZero())
	require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptDelivered, 4)}))
	remembered, _ = r.Recent.after(d.ID, 0)
	require.True(t, remembered.Code.IsZero())
}

// only is the one delivery that is stored.
func (r *trackerRig) only() Delivery {
	for _, d := range r.store.kept {
		return d
	}
	return Delivery{}
}
