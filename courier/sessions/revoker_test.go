package sessions

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// scripted answers each request with the next error; after the last, with nil.
type scripted struct {
	answers []error
	asked   []time.Time
}

func (s *scripted) EndSessions(context.Context, string) error {
	s.asked = append(s.asked, time.Now())
	n := len(s.asked) - 1
	if n < len(s.answers) {
		return s.answers[n]
	}
	return nil
}

// outcomes are what was told of tasks, by identity.
type outcomes map[string]error

// ran lets a revoker work for a while on one task.
func ran(t *testing.T, k Kratos, whole time.Duration) (told outcomes) {
	t.Helper()
	told = outcomes{}
	r := New(k, func(task Task, err error) { told[task.Identity] = err })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	r.Offer(Task{Identity: "a"})
	time.Sleep(whole)
	stop()
	<-ended
	return told
}

func TestSessionsAreEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		require.Equal(t, outcomes{"a": nil}, ran(t, &scripted{}, time.Second))
	})
}

func TestAKratosThatIsDownIsAskedAgainForAWhile(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	synctest.Test(t, func(t *testing.T) {
		k := &scripted{answers: []error{down, down, down}}
		require.Equal(t, outcomes{"a": nil}, ran(t, k, time.Hour))
		require.Equal(t, 7*time.Second, k.asked[3].Sub(k.asked[0]), "1, 2 and 4 seconds lie between")

		k = &scripted{answers: []error{down, down, down, down, down, down, down, down, down, down, down}}
		require.Equal(t, outcomes{"a": down}, ran(t, k, time.Hour))
		require.Len(t, k.asked, tries)
		require.Equal(t, time.Minute, k.asked[7].Sub(k.asked[6]))
	})
}

func TestARefusalIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &scripted{answers: []error{ErrRefused}}
		require.Equal(t, outcomes{"a": ErrRefused}, ran(t, k, time.Hour))
		require.Len(t, k.asked, 1)
	})
}

// hanging answers nothing before the request is given up.
type hanging struct{}

func (hanging) EndSessions(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestWhatWaitsIsToldWhenTheCourierStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := ran(t, hanging{}, time.Second)
		require.Len(t, told, 1)
		require.ErrorIs(t, told["a"], context.Canceled)

		told = ran(t, hanging{}, requestTimeout+time.Second/2)
		require.ErrorIs(t, told["a"], errStopping, "it rests between two tries")

		told = outcomes{}
		r := New(hanging{}, func(task Task, err error) { told[task.Identity] = err })
		r.Offer(Task{Identity: "b"})
		ctx, stop := context.WithCancel(t.Context())
		stop()
		r.Run(ctx)
		require.Error(t, told["b"])
	})
}

// A flood of events costs a bounded part of the memory, and holds nobody up.
func TestNoMoreThanSoManyWait(t *testing.T) {
	t.Parallel()
	full := 0
	r := New(hanging{}, func(_ Task, err error) {
		require.ErrorIs(t, err, errFull)
		full++
	})
	for range waiting + 3 {
		r.Offer(Task{Identity: "a"})
	}
	require.Equal(t, 3, full)
}
