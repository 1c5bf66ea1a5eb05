package courier

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// trackerRig is a tracker over one stored delivery, at second 60.
type trackerRig struct {
	*Tracker
	store   *fakeStore
	watcher *watcher
	handed  []ID
}

func newTracker(d Delivery) *trackerRig {
	r := &trackerRig{store: newFakeStore(), watcher: &watcher{}}
	d.Version = 1
	r.store.kept[d.ID] = d
	r.Tracker = &Tracker{
		Store: r.store, Books: Books{Policy: testPolicy()}, Observer: r.watcher,
		Breakers: &Breakers{ProbeEvery: time.Minute, Routes: testPolicy().Routes, Observer: r.watcher},
		HandOver: func(d Delivery) { r.handed = append(r.handed, d.ID) },
		Now:      func() time.Time { return at(6) },
	}
	return r
}

func about(d Delivery, state AttemptState, seconds int) Report {
	s := report(state, seconds)
	s.Delivery = d.ID
	return s
}

func TestReportsThatCannotBeStoredAreAnError(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	r.store.broken = errors.New("disk full")
	byID := Report{Provider: "meta", ProviderID: "wamid.1", State: AttemptDelivered}
	for name, do := range map[string]func() error{
		"by reference":     func() error { return r.Track(t.Context(), []Report{about(d, AttemptDelivered, 5)}) },
		"by provider's id": func() error { return r.Track(t.Context(), []Report{byID}) },
		"disown":           func() error { return r.Disown(t.Context(), "meta", "wamid.1") },
	} {
		require.ErrorContains(t, do(), "disk full", name)
	}
	r.store.broken = nil
	require.NoError(t, r.Track(t.Context(), []Report{{Delivery: ID{9}, Attempt: 1, State: AttemptRead}}), "nothing of ours")
}

// What Find tells may be gone or broken when it is loaded.
func TestDeliveryThatCannotBeLoadedByItsProvidersID(t *testing.T) {
	t.Parallel()
	r := newTracker(sent(t))
	r.Store = loadless{r.store}
	require.ErrorContains(t, r.Track(t.Context(), []Report{{Provider: "meta", ProviderID: "wamid.1", State: AttemptRead}}), "cannot be loaded")
}

type loadless struct{ *fakeStore }

func (loadless) Load(context.Context, ID) (Delivery, error) {
	return Delivery{}, errors.New("cannot be loaded")
}

// Only a delivery that has to fall back now is handed over, and an end is told
// once.
func TestTrackHandsOverWhatFallsBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reports []AttemptState
		handed  int
		told    []AttemptState
		ended   []State
	}{
		"left the provider":   {[]AttemptState{AttemptSent, AttemptSent}, 0, []AttemptState{AttemptSent}, nil},
		"failed":              {[]AttemptState{AttemptFailed}, 1, []AttemptState{AttemptFailed}, nil},
		"delivered, and read": {[]AttemptState{AttemptDelivered, AttemptRead}, 0, []AttemptState{AttemptDelivered, AttemptRead}, []State{StateDelivered}},
	} {
		d := sent(t)
		r := newTracker(d)
		for i, state := range c.reports {
			require.NoError(t, r.Track(t.Context(), []Report{about(d, state, 3+i)}))
		}
		require.Len(t, r.handed, c.handed, name)
		require.Equal(t, c.told, r.watcher.seen().reported, name)
		require.Equal(t, c.ended, r.watcher.seen().ended, name)
		require.Empty(t, r.watcher.seen().alerts, name)
	}
}

func TestReportsFindTheAttemptByItsProvidersID(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	d := p.begin(sent(t), SMS, "twilio", at(32))
	d = p.finish(d, 2, Taken{ProviderID: "SM-wamid.1", Receipts: true}, nil, at(33))
	d = p.begin(d, SMS, "twilio", at(34)) // its id is not known yet
	for id, attempt := range map[string]int{"wamid.1": 1, "SM-wamid.1": 2} {
		provider := d.Attempts[attempt-1].Provider
		r := newTracker(d)
		require.NoError(t, r.Track(t.Context(), []Report{{Provider: provider, ProviderID: id, State: AttemptDelivered, At: at(40)}}))
		for _, a := range r.store.get(d.ID).Attempts {
			require.Equal(t, a.N == attempt, a.State == AttemptDelivered, "%s, attempt %d", id, a.N)
		}
	}
}

// Meta's batches may repeat a report a thousand times.
func TestReportsOfOneMessageAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	searches := 0
	r.store.found = func() { searches++ }
	var batch []Report
	for range 100 {
		batch = append(batch, Report{Provider: "meta", ProviderID: "wamid.1", State: AttemptSent, At: at(3)})
	}
	batch = append(batch, Report{Provider: "meta", ProviderID: "wamid.1", State: AttemptDelivered, At: at(4)})
	require.NoError(t, r.Track(t.Context(), batch))
	require.Equal(t, 1, searches)
	require.Equal(t, AttemptDelivered, r.store.get(d.ID).Attempts[0].State)
	groups := byMessage(batch)
	require.Len(t, groups, 1)
	require.Len(t, groups["meta wamid.1"], 2, "what is said twice counts once")
}

func TestDisownIsToldOnce(t *testing.T) {
	t.Parallel()
	d := sent(t)
	r := newTracker(d)
	for range 2 {
		require.NoError(t, r.Disown(t.Context(), "meta", "wamid.1"))
		require.Equal(t, []string{AlertNotRequested}, r.watcher.seen().alerts)
		require.Equal(t, []State{StateCancelled}, r.watcher.seen().ended)
	}
}

// The number of an old delivery may be erased; its reports go on.
func TestAReportOfADeliveryWithoutItsNumber(t *testing.T) {
	t.Parallel()
	d := sent(t)
	d.State, d.Reason, d.To = StateFailed, "", Phone{}
	d.Attempts[0].State, d.Attempts[0].FailedAt = AttemptFailed, at(3)
	r := newTracker(d)
	r.Books = testBooks()
	r.Books.Unused = Unused{Percent: 50, Window: time.Hour, Digits: 3}
	r.Books.Policy.AbsentFor = time.Hour
	require.NoError(t, r.Track(t.Context(), []Report{about(d, AttemptDelivered, 5)}))
	require.Equal(t, StateDelivered, r.store.get(d.ID).State)
	require.Empty(t, r.store.ledger, "nobody is counted")
}
