package courier

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// fakeStore keeps deliveries in a map. It is only as good as these tests need;
// storetest says what a real one must keep.
type fakeStore struct {
	mu     sync.Mutex
	kept   map[ID]Delivery
	spent  map[string]int
	known  map[string]time.Time
	ledger []Quota
	broken error
	// lost are deliveries whose secret is gone.
	lost map[ID]bool
	// spentAs is what a spent quota is called, instead of its own name.
	spentAs string
	// beforeSave runs before every save, to let something happen in between.
	beforeSave func(Delivery)
	// found runs before the answer to every search.
	found func()
	// rules are those of the latest Accept.
	rules AcceptRules
}

func newFakeStore() *fakeStore {
	return &fakeStore{kept: map[ID]Delivery{}, spent: map[string]int{}, known: map[string]time.Time{}}
}

func (f *fakeStore) Accept(_ context.Context, d Delivery, rules AcceptRules) (Acceptance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = rules
	if f.broken != nil {
		return Acceptance{}, f.broken
	}
	for _, known := range f.kept {
		if !d.Code.IsZero() && known.TemplateType == d.TemplateType && known.To.E164() == d.To.E164() && known.Code.Reveal() == d.Code.Reveal() {
			return Acceptance{Outcome: Repeated, Delivery: known}, nil
		}
	}
	if d.State == StateSuppressed {
		f.kept[d.ID] = d
		return Acceptance{Outcome: Suppressed, Delivery: d}, nil
	}
	for _, q := range rules.Memories {
		if at, ok := f.known[q.Name+q.Subject]; ok && at.After(q.Now.Add(-q.Window)) {
			d = AcceptFacts{Memory: q.Name}.Apply(d)
		}
	}
	d.Version = 1
	f.kept[d.ID] = d
	return Acceptance{Outcome: Created, Delivery: d}, nil
}

func (f *fakeStore) Load(_ context.Context, id ID) (Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.kept[id]
	switch {
	case !ok:
		return Delivery{}, ErrNotFound
	case f.lost[id]:
		return Delivery{}, ErrUnreadable
	}
	d.Attempts = slices.Clone(d.Attempts)
	return d, f.broken
}

func (f *fakeStore) Save(_ context.Context, d Delivery, _ []Tally, quotas ...Quota) (Delivery, error) {
	if f.beforeSave != nil {
		f.beforeSave(d)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return d, f.broken
	}
	if f.kept[d.ID].Version != d.Version {
		return d, ErrConflict
	}
	for _, q := range quotas {
		if q.Act == Enter && f.spent[q.Name] >= q.Max {
			return d, &QuotaError{Quota: cmp.Or(f.spentAs, q.Name)}
		}
	}
	for _, q := range quotas {
		f.enter(q)
	}
	d.Version++
	d.Attempts = slices.Clone(d.Attempts)
	f.kept[d.ID] = d
	return d, nil
}

// enter does what the quota's Act says. It knows nothing of deliveries.
func (f *fakeStore) enter(q Quota) {
	switch q.Act {
	case Enter:
		f.spent[q.Name]++
		f.known[q.Name+q.Subject] = q.Now
		f.ledger = append(f.ledger, q)
	case TakeBack:
		f.spent[q.Name]--
		f.ledger = slices.DeleteFunc(f.ledger, func(e Quota) bool {
			return e.Name == q.Name && e.Subject == q.Subject && e.Now.Equal(q.Now)
		})
	case Forget:
		if at, ok := f.known[q.Name+q.Subject]; ok && !at.After(q.Now) {
			delete(f.known, q.Name+q.Subject)
		}
	}
}

func (f *fakeStore) Forget(_ context.Context, q Quota) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.enter(q)
	return f.broken
}

func (f *fakeStore) Claim(_ context.Context, now time.Time, lease time.Duration, n int) ([]Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var due []Delivery
	for id, d := range f.kept {
		if len(due) < n && !d.Due.IsZero() && !d.Due.After(now) {
			d.Due, d.Version = now.Add(lease), d.Version+1
			f.kept[id] = d
			due = append(due, d)
		}
	}
	return due, f.broken
}

func (f *fakeStore) Find(_ context.Context, q Query) ([]ID, error) {
	if f.found != nil {
		f.found()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []Delivery
	for _, d := range f.kept {
		byID := q.ProviderID == "" || slices.ContainsFunc(d.Attempts, func(a Attempt) bool { return a.ProviderID == q.ProviderID })
		if q.Live && d.State.Ended() || !q.Before.IsZero() && !d.AcceptedAt.Before(q.Before) || d.AcceptedAt.Before(q.Since) {
			continue
		}
		if byID && (q.Identity == "" || d.Identity == q.Identity) && (q.To.IsZero() || d.To.E164() == q.To.E164()) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b Delivery) int { return b.AcceptedAt.Compare(a.AcceptedAt) })
	var ids []ID
	for _, d := range found {
		ids = append(ids, d.ID)
	}
	return ids, f.broken
}

// Latest implements Ledger.
func (f *fakeStore) Latest(_ context.Context, q Quota, n int) (int, time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []time.Time
	for _, e := range f.ledger {
		if e.Name == q.Name && e.Subject == q.Subject && e.Now.After(q.Now.Add(-q.Window)) && !e.Now.After(q.Now) {
			found = append(found, e.Now)
		}
	}
	slices.SortFunc(found, func(a, b time.Time) int { return b.Compare(a) })
	found = found[:min(n, len(found))]
	if len(found) == 0 {
		return 0, time.Time{}, f.broken
	}
	return len(found), found[len(found)-1], f.broken
}

// Events implements Entries.
func (f *fakeStore) Events(_ context.Context, q Quota, n int) ([]Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []Event
	for _, e := range f.ledger {
		if e.Name == q.Name && e.Subject == q.Subject && len(found) < n {
			found = append(found, Event{At: e.Now})
		}
	}
	return found, f.broken
}

// Enter implements Entries.
func (f *fakeStore) Enter(_ context.Context, _ ID, quotas ...Quota) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, q := range quotas {
		f.enter(q)
	}
	return f.broken
}

// lose takes the secret of a delivery away.
func (f *fakeStore) lose(id ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = map[ID]bool{id: true}
}

// entries returns what was entered under a name.
func (f *fakeStore) entries(name string) []Quota {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []Quota
	for _, e := range f.ledger {
		if e.Name == name {
			found = append(found, e)
		}
	}
	return found
}

func (f *fakeStore) get(id ID) Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[id]
}

// fakeSender answers with the next of its outcomes, then with success.
type fakeSender struct {
	name string
	mu   sync.Mutex
	next []error
	took time.Duration
	sent []Outgoing
	// variants are what it can send in, the best first; chosen are those in which
	// it did.
	variants []string
	chosen   []string
	receipts bool
}

// variant picks as a sender has to.
func (s *fakeSender) variant(o Outgoing) string {
	for _, v := range s.variants {
		if o.Usable(v) {
			return v
		}
	}
	return ""
}

func (s *fakeSender) Provider() string { return s.name }

func (s *fakeSender) Send(ctx context.Context, o Outgoing) (Taken, error) {
	variant := s.variant(o)
	s.mu.Lock()
	s.sent, s.chosen = append(s.sent, o), append(s.chosen, variant)
	s.mu.Unlock()
	if s.took > 0 {
		select {
		case <-time.After(s.took):
		case <-ctx.Done():
			return Taken{}, &DeliveryError{Class: ClassUnknown, Reason: "timed out", Cause: ctx.Err()}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 0 {
		err := s.next[0]
		s.next = s.next[1:]
		if fault, ok := errors.AsType[*DeliveryError](err); ok {
			fault.Variant = variant
		}
		if err != nil {
			return Taken{}, err
		}
	}
	return Taken{ProviderID: s.name + "-" + o.Reference, Variant: variant, Receipts: s.receipts}, nil
}

// outgoing returns what was sent so far.
func (s *fakeSender) outgoing() []Outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *fakeSender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

// watcher notes what the observer is told.
type watcher struct {
	mu sync.Mutex
	watched
}

// watched is what was noted.
type watched struct {
	ended     []State
	attempted []string
	reported  []AttemptState
	used      int
	broken    []string
	mended    []string
	alerts    []string
	unusual   []Conversion
	trouble   []string
	received  []string
}

// seen returns what was noted so far.
func (w *watcher) seen() watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	return watched{
		ended: slices.Clone(w.ended), attempted: slices.Clone(w.attempted), reported: slices.Clone(w.reported), used: w.used, broken: slices.Clone(w.broken),
		mended: slices.Clone(w.mended), alerts: slices.Clone(w.alerts), unusual: slices.Clone(w.unusual),
		trouble: slices.Clone(w.trouble), received: slices.Clone(w.received),
	}
}

func (w *watcher) note(f func()) { w.mu.Lock(); defer w.mu.Unlock(); f() }

func (w *watcher) Degraded(f Fault) { w.note(func() { w.broken = append(w.broken, f.Part) }) }

func (w *watcher) Recovered(f Fault) { w.note(func() { w.mended = append(w.mended, f.Part) }) }

func (w *watcher) Alerted(d Delivery) { w.note(func() { w.alerts = append(w.alerts, d.Alert) }) }

func (w *watcher) Received(_ context.Context, d Delivery, r Acceptance) {
	w.note(func() { w.received = append(w.received, string(r.Outcome)+" "+string(d.Purpose)) })
}

func (w *watcher) Ended(d Delivery)               { w.note(func() { w.ended = append(w.ended, d.State) }) }
func (w *watcher) Used(context.Context, Delivery) { w.note(func() { w.used++ }) }
func (w *watcher) Unusual(c Conversion)           { w.note(func() { w.unusual = append(w.unusual, c) }) }

func (w *watcher) Trouble(doing string, _ error) {
	w.note(func() { w.trouble = append(w.trouble, doing) })
}

func (w *watcher) Attempted(_ Delivery, a Attempt) {
	w.note(func() { w.attempted = append(w.attempted, string(a.Channel)+" "+string(a.State)) })
}

func (w *watcher) Reported(_ context.Context, _ Delivery, _ Attempt, s AttemptState) {
	w.note(func() { w.reported = append(w.reported, s) })
}
