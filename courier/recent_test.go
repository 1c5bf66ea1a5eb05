package courier

import (
	"testing"

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

// The answer to a request and the first report of it meet: who comes second goes on
// from what the first has saved.
func TestWhoComesSecondNeedsNoLoad(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	r.Recent = &Recent{}
	r.Recent.put(r.only())
	r.Store = loadless{r.store}
	r.store.beforeSave = func(Delivery) {
		r.store.beforeSave = nil
		require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptSent, 3)}))
	}
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
