package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	errPoison = errors.New("poison")
	errDisk   = errors.New("disk")
)

// ledger of a fake engine: the batches that it was given, in order.
type engine struct {
	mu      sync.Mutex
	batches [][]string
	gate    chan struct{} // each commit takes one, if set
	fail    func([]string) error
}

func (e *engine) commit(ops []string) error {
	if e.gate != nil {
		<-e.gate
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.batches = append(e.batches, slices.Clone(ops))
	if e.fail != nil {
		return e.fail(ops)
	}
	return nil
}

func poisoned(ops []string) error {
	if slices.Contains(ops, "poison") {
		return errPoison
	}
	return nil
}

// together makes a committer whose first batch is "first" alone and whose
// second one is ops, in their order, and returns what their callers got.
func together(t *testing.T, e *engine, ops ...string) []error {
	t.Helper()
	results := make([]error, len(ops))
	synctest.Test(t, func(t *testing.T) {
		e.gate = make(chan struct{})
		c := NewCommitter(e.commit, func(err error) bool { return errors.Is(err, errDisk) })
		defer c.Close()
		var callers sync.WaitGroup
		callers.Go(func() { _ = c.Do(t.Context(), "first") })
		synctest.Wait() // the first commit is under way
		for i, op := range ops {
			callers.Go(func() { results[i] = c.Do(t.Context(), op) })
			synctest.Wait()
		}
		close(e.gate)
		callers.Wait()
	})
	return results
}

func TestCommitterGroupsWaitingOperations(t *testing.T) {
	t.Parallel()
	e := &engine{}
	require.Equal(t, []error{nil, nil, nil}, together(t, e, "a", "b", "c"))
	require.Equal(t, [][]string{{"first"}, {"a", "b", "c"}}, e.batches)
}

func TestCommitterBoundsABatch(t *testing.T) {
	t.Parallel()
	e := &engine{}
	together(t, e, make([]string, maxBatch+1)...)
	require.Len(t, e.batches, 3)
	require.Len(t, e.batches[1], maxBatch)
	require.Len(t, e.batches[2], 1)
}

func TestCommitterLetsPoisonHurtOnlyItsCaller(t *testing.T) {
	t.Parallel()
	e := &engine{fail: poisoned}
	require.Equal(t, []error{nil, errPoison, nil}, together(t, e, "a", "poison", "c"))
	require.Equal(t, [][]string{{"first"}, {"a", "poison", "c"}, {"a"}, {"poison"}, {"c"}}, e.batches)
}

func TestCommitterFailsTheWholeBatchWithItsDisk(t *testing.T) {
	t.Parallel()
	e := &engine{fail: func(ops []string) error {
		if ops[0] == "first" {
			return nil
		}
		return errDisk
	}}
	require.Equal(t, []error{errDisk, errDisk, errDisk}, together(t, e, "a", "b", "c"))
	require.Len(t, e.batches, 2, "nothing is tried again")
}

func TestCommitterStopsTryingWhenTheDiskFailsMeanwhile(t *testing.T) {
	t.Parallel()
	e := &engine{fail: func(ops []string) error {
		if len(ops) == 1 && ops[0] == "b" {
			return errDisk
		}
		return poisoned(ops)
	}}
	require.Equal(t, []error{nil, errDisk, errDisk}, together(t, e, "a", "b", "poison"))
}

func TestCommitterKeepsTheOperationOfACallerThatLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{gate: make(chan struct{})}
		c := NewCommitter(e.commit, func(error) bool { return false })
		ctx, cancel := context.WithCancelCause(t.Context())
		left := make(chan error, 1)
		go func() { left <- c.Do(ctx, "left") }()
		synctest.Wait()
		reason := errors.New("hung up")
		cancel(reason)
		require.ErrorIs(t, <-left, reason)
		require.ErrorIs(t, c.Do(ctx, "late"), reason)
		close(e.gate)
		c.Close()
		require.Equal(t, [][]string{{"left"}}, e.batches)
	})
}

func TestCommitterDrainsWhenClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{gate: make(chan struct{})}
		c := NewCommitter(e.commit, func(error) bool { return false })
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { require.NoError(t, c.Do(t.Context(), "op")) })
		}
		synctest.Wait()
		go c.Close()
		synctest.Wait()
		require.ErrorIs(t, c.Do(t.Context(), "late"), ErrClosed)
		close(e.gate)
		callers.Wait()
		c.Close() // twice is fine
		require.Len(t, slices.Concat(e.batches...), 10)
	})
}

func TestCommitterLingersOnlyInCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewCommitter((&engine{}).commit, func(error) bool { return false })
		defer c.Close()
		start := time.Now()
		for range 3 {
			require.NoError(t, c.Do(t.Context(), "alone"))
		}
		require.Zero(t, time.Since(start))

		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() { _ = c.Do(t.Context(), "company") })
		}
		callers.Wait()
		start = time.Now()
		require.NoError(t, c.Do(t.Context(), "expects company"))
		require.LessOrEqual(t, time.Since(start), linger)
		start = time.Now()
		require.NoError(t, c.Do(t.Context(), "alone again"))
		require.Zero(t, time.Since(start))
	})
}

func TestCommitterTellsOfItsTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewCommitter(func(ops []string) error {
			time.Sleep(time.Second)
			return poisoned(ops)
		}, func(error) bool { return false })
		defer c.Close()
		require.NoError(t, c.Do(t.Context(), "unseen"))
		var seen []Commit
		c.Watch(func(commit Commit) { seen = append(seen, commit) })
		require.NoError(t, c.Do(t.Context(), "a"))
		require.ErrorIs(t, c.Do(t.Context(), "poison"), errPoison)
		require.Equal(t, []Commit{{Operations: 1, Took: time.Second}, {Operations: 1, Took: time.Second, Failed: true}}, seen)
	})
}
