package courier

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Tracker follows what providers report about their messages.
type Tracker struct {
	Store    Store
	Entries  Entries
	Recent   *Recent
	Books    Books
	Breakers *Breakers
	Observer Observer
	// HandOver takes a delivery that has to fall back now.
	HandOver func(Delivery)
	Now      func() time.Time
}

// reportsAtOnce bounds how many deliveries of one batch are updated together.
// They share the store's next commit, so a batch of Meta's 1,000 statuses costs
// a few commits.
const reportsAtOnce = 128

// Track records status reports and returns when they are on disk. Reports of
// messages that are not ours are no error. An error means that some could not
// be stored; tracking all of them again is harmless.
func (t *Tracker) Track(ctx context.Context, reports []Report) error {
	if len(reports) == 1 {
		// Meta sends most reports alone; a goroutine for each grows its stack anew.
		return t.trackMessage(ctx, reports)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(reportsAtOnce)
	for _, reports := range byMessage(reports) {
		group.Go(func() error { return t.trackMessage(ctx, reports) })
	}
	return group.Wait()
}

// trackMessage records the reports of one message, which is looked for once.
func (t *Tracker) trackMessage(ctx context.Context, reports []Report) error {
	at, found, err := t.locate(ctx, reports[0])
	if err != nil || !found {
		return err
	}
	for _, report := range reports {
		if report.Delivery == (ID{}) {
			report.Delivery, report.Attempt = at.Delivery, at.Attempt
		}
		if err := t.track(ctx, report); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tracker) track(ctx context.Context, s Report) error {
	after, changed, err := t.changes().update(ctx, s.Delivery, change{
		decide: func(d Delivery) (Delivery, bool) { return t.Books.Policy.record(d, s, t.Now()) },
		saved:  func(_, after Delivery) { t.reported(ctx, after, s) },
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case errors.Is(err, ErrUnreadable):
		// Sent again it would fail again, and hold up the reports beside it.
		t.Observer.Trouble("recording a report", err)
		return nil
	case err != nil || !changed:
		return err
	}
	if !after.State.Ended() && t.Books.Policy.Next(after, t.Now()).Action == Send {
		t.HandOver(after)
	}
	return nil
}

// reported draws conclusions from a report that changed a delivery.
func (t *Tracker) reported(ctx context.Context, after Delivery, s Report) {
	attempt := *after.Attempt(s.Attempt)
	if attempt.State == s.State {
		t.Breakers.learn(attempt, true, t.Now())
	}
	t.Observer.Reported(ctx, after, attempt, s.State)
	if s.State == AttemptFailed && attempt.identityChanged() {
		t.Observer.Alerted(after)
	}
}

// Disown notes that the person to whom a provider's message went did not ask for
// it. A message that is not ours is no error.
func (t *Tracker) Disown(ctx context.Context, provider, providerID string) error {
	s, found, err := t.locate(ctx, Report{Provider: provider, ProviderID: providerID})
	if err != nil || !found {
		return err
	}
	_, _, err = t.changes().update(ctx, s.Delivery, change{
		decide: func(d Delivery) (Delivery, bool) { return disown(d, t.Now()) },
		saved:  func(_, after Delivery) { t.Observer.Alerted(after) },
	})
	return err
}

func (t *Tracker) changes() changes { return changes{t.Store, t.Recent, t.Books, t.Observer, t.Now} }

// Seen notes that a person has written on WhatsApp at an instant: the number is
// there, whatever was learned before. WhatsApp writes numbers of some countries
// in another way than people do.
func (t *Tracker) Seen(ctx context.Context, from Phone, at time.Time) error {
	if t.Books.Policy.AbsentFor <= 0 {
		return nil
	}
	for _, number := range from.spellings() {
		if err := t.Store.Forget(ctx, t.Books.Policy.present(number, earliest(at.Add(cutOff), t.Now()))); err != nil {
			return err
		}
	}
	return nil
}

// locate finds delivery and attempt of a report that came without our
// reference.
func (t *Tracker) locate(ctx context.Context, s Report) (Report, bool, error) {
	if s.Delivery != (ID{}) {
		return s, true, nil
	}
	ids, err := t.Store.Find(ctx, Query{Provider: s.Provider, ProviderID: s.ProviderID, Limit: 1})
	if err != nil || len(ids) == 0 {
		return s, false, err
	}
	d, err := t.Store.Load(ctx, ids[0])
	if errors.Is(err, ErrUnreadable) {
		t.Observer.Trouble("finding the delivery of a report", err)
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	s.Delivery = d.ID
	for _, a := range d.Attempts {
		tail := strings.TrimPrefix(a.ProviderID, "…")
		if a.Provider == s.Provider && tail != "" && strings.HasSuffix(s.ProviderID, tail) {
			s.Attempt = a.N
		}
	}
	return s, s.Attempt > 0, nil
}

// byMessage groups reports so that those of one message stay in order. What a batch says
// twice counts once.
func byMessage(reports []Report) map[string][]Report {
	groups, seen := make(map[string][]Report), make(map[Report]bool, len(reports))
	for _, s := range reports {
		if seen[s] {
			continue
		}
		seen[s] = true
		key := s.Provider + " " + s.ProviderID
		if s.Delivery != (ID{}) {
			key = s.Delivery.String()
		}
		groups[key] = append(groups[key], s)
	}
	return groups
}
