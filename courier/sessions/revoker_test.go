package sessions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// scripted answers each request with the next error; after the last, with nil.
type scripted struct {
	mu      sync.Mutex
	answers []error
	asked   []time.Time
	who     []string
}

func (s *scripted) EndSessions(_ context.Context, identity string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.who = append(s.asked, time.Now()), append(s.who, identity)
	if n := len(s.asked) - 1; n < len(s.answers) {
		return s.answers[n]
	}
	return nil
}

// kept is a store that knows what is owed, and of whom.
type kept struct {
	mu         sync.Mutex
	owed       []courier.Event
	deliveries map[courier.ID]courier.Delivery
	broken     error
}

// owes notes that the sessions of some people are to be ended.
func (k *kept) owes(identities ...string) *kept {
	k.deliveries = make(map[courier.ID]courier.Delivery)
	for i, identity := range identities {
		id := courier.ID{byte(i + 1)}
		k.deliveries[id] = courier.Delivery{ID: id, Identity: identity, Alert: "not_requested"}
		k.owed = append(k.owed, courier.Event{Delivery: id, At: time.Now()})
	}
	return k
}

func (k *kept) Events(context.Context, courier.Quota, int) ([]courier.Event, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.owed), k.broken
}

func (k *kept) Enter(_ context.Context, id courier.ID, quotas ...courier.Quota) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken == nil {
		k.owed = slices.DeleteFunc(k.owed, func(e courier.Event) bool {
			return e.Delivery == id && e.At.Equal(quotas[0].Now) && quotas[0].Act == courier.TakeBack
		})
	}
	return k.broken
}

func (k *kept) Peek(_ context.Context, id courier.ID) (courier.Delivery, error) {
	d, found := k.deliveries[id]
	if !found {
		return d, courier.ErrNotFound
	}
	return d, nil
}

func (k *kept) left() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.owed)
}

func (k *kept) breaks(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = err
}

// rig is a revoker with what it told.
type rig struct {
	*Revoker

	mu      sync.Mutex
	told    []string
	why     []error
	trouble int
	leads   bool
}

func newRig(s *kept, k Kratos) *rig {
	r := &rig{leads: true}
	r.Revoker = New(Revoker{
		Store: s, Kratos: k, Now: time.Now,
		Leads: func(context.Context) bool { r.mu.Lock(); defer r.mu.Unlock(); return r.leads },
		Told: func(t Task, o Outcome, why error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told, r.why = append(r.told, fmt.Sprintf("%s %s %s", t.Identity, t.Alert, o)), append(r.why, why)
		},
		Trouble: func(string, error) { r.mu.Lock(); defer r.mu.Unlock(); r.trouble++ },
	})
	return r
}

// works lets it work for a while.
func (r *rig) works(t *testing.T, whole time.Duration) *rig {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	time.Sleep(whole)
	stop()
	<-ended
	return r
}

func TestSessionsAreEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, k := new(kept).owes("a", "b"), &scripted{}
		require.ElementsMatch(t, []string{"a not_requested done", "b not_requested done"}, newRig(s, k).works(t, time.Minute).told)
		require.ElementsMatch(t, []string{"a", "b"}, k.who, "once")
		require.Zero(t, s.left())
	})
}

func TestAKratosThatIsDownIsAskedAgainForAWhile(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	synctest.Test(t, func(t *testing.T) {
		k := &scripted{answers: []error{down, down, down}}
		require.Equal(t, []string{"a not_requested done"}, newRig(new(kept).owes("a"), k).works(t, time.Hour).told)
		require.Equal(t, 7*time.Second, k.asked[3].Sub(k.asked[0]), "1, 2 and 4 seconds lie between")
	})
	synctest.Test(t, func(t *testing.T) {
		k := &scripted{answers: slices.Repeat([]error{down}, 10_000)}
		s := new(kept).owes("a")
		r := newRig(s, k).works(t, 23*time.Hour)
		require.Equal(t, []string{"a not_requested waiting"}, r.told, "once, and soon")
		require.Equal(t, time.Minute, k.asked[100].Sub(k.asked[99]))
		require.Equal(t, 1, s.left())
		r.works(t, 2*time.Hour)
		require.Equal(t, []string{"a not_requested waiting", "a not_requested failed"}, r.told)
		require.ErrorIs(t, r.why[1], down)
		require.Zero(t, s.left())
		asked := len(k.asked)
		r.works(t, time.Hour)
		require.Len(t, k.asked, asked)
	})
}

// Whoever starts after a long time tries once at least.
func TestWhatIsOldIsTriedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, k := new(kept).owes("a"), &scripted{}
		time.Sleep(5 * tryFor)
		require.Equal(t, []string{"a not_requested done"}, newRig(s, k).works(t, time.Second).told)
	})
}

func TestARefusalIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, k := new(kept).owes("a"), &scripted{answers: []error{ErrRefused}}
		r := newRig(s, k).works(t, time.Hour)
		require.Equal(t, []string{"a not_requested failed"}, r.told)
		require.ErrorIs(t, r.why[0], ErrRefused)
		require.Len(t, k.asked, 1)
		require.Zero(t, s.left())

		s.owes("b").deliveries = nil
		r = newRig(s, k).works(t, time.Hour)
		require.Equal(t, []string{"  failed"}, r.told)
		require.ErrorIs(t, r.why[0], errGone)
	})
}

// hanging answers nothing before the request is given up.
type hanging struct{}

func (hanging) EndSessions(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestWhatIsNotDoneIsLeftToTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(kept).owes("a")
		require.Empty(t, newRig(s, hanging{}).works(t, time.Second).told)
		require.Empty(t, newRig(s, hanging{}).works(t, requestTimeout+time.Second/2).told, "it rests between two tries")
		follower := newRig(s, &scripted{})
		follower.leads = false
		require.Empty(t, follower.works(t, time.Minute).told, "another one works for all")
		require.Equal(t, 1, s.left())
		require.Equal(t, []string{"a not_requested done"}, newRig(s, &scripted{}).works(t, time.Second).told)
	})
}

func TestAStoreThatFailsIsTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, k := new(kept).owes("a"), &scripted{}
		s.breaks(errors.New("no database"))
		r := newRig(s, k).works(t, 5*time.Second)
		require.NotZero(t, r.trouble)
		s.breaks(nil)
		require.Equal(t, []string{"a not_requested done"}, r.works(t, time.Second).told)
	})
}

// Those that fail again and again do not keep the others waiting.
func TestManyThatFailHoldUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all []string
		for i := range 200 {
			all = append(all, fmt.Sprint(i))
		}
		k := only{"199", &scripted{}}
		require.Contains(t, newRig(new(kept).owes(all...), k).works(t, lookEvery/2).told, "199 not_requested done", "nor do those before it in the queue")
	})
}

// only knows one identity.
type only struct {
	identity string
	*scripted
}

func (o only) EndSessions(ctx context.Context, identity string) error {
	if identity == o.identity {
		return o.scripted.EndSessions(ctx, identity)
	}
	return errors.New("an internal error")
}
