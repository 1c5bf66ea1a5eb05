package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is what writers get once a store is closing.
var ErrClosed = errors.New("the store is closed")

const (
	// maxBatch bounds the operations of one transaction.
	maxBatch = 256
	// linger is how long a batch waits for company. Measured with 64 callers:
	// 0.5 ms doubles the batch, more gains nothing.
	linger = 500 * time.Microsecond
)

// Committer gathers the operations of many callers into few transactions: the
// price of a commit is its fsync, and that is the same for one operation and
// for a hundred. With 64 callers this carries ten times what one transaction an
// operation does.
type Committer[Op any] struct {
	commit func([]Op) error
	fatal  func(error) bool
	watch  atomic.Pointer[func(Commit)]

	mu     sync.RWMutex // guards closed, and queue against being closed in use
	closed bool
	queue  chan waiting[Op]
	done   chan struct{}
}

// Commit is a transaction that came to an end.
type Commit struct {
	// Operations is how many callers it was for.
	Operations int
	// Took is how long it was from the first statement until all was durable, or had failed.
	Took time.Duration
	// Failed: nothing of it was written, or it is unknown whether it was.
	Failed bool
}

// waiting is an operation and the caller behind it.
type waiting[Op any] struct {
	op     Op
	result chan error
}

// NewCommitter starts a committer. commit makes the operations durable together, or
// none of them; fatal tells failures that hit every operation alike, such as a full
// disk, from those that one operation brings upon its batch.
func NewCommitter[Op any](commit func([]Op) error, fatal func(error) bool) *Committer[Op] {
	c := &Committer[Op]{
		commit: commit, fatal: fatal,
		queue: make(chan waiting[Op], maxBatch),
		done:  make(chan struct{}),
	}
	go c.run()
	return c
}

// Watch lets f hear of every transaction from now on. f must not block.
func (c *Committer[Op]) Watch(f func(Commit)) { c.watch.Store(&f) }

// Do returns when op is durable or has failed. A caller whose ctx ends stops
// waiting, but op stays in its batch: operations are idempotent or guarded by a
// version, so one that happens unseen does no harm.
func (c *Committer[Op]) Do(ctx context.Context, op Op) error {
	w := waiting[Op]{op: op, result: make(chan error, 1)}
	if err := c.enqueue(ctx, w); err != nil {
		return err
	}
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("stopped waiting for a commit that may still happen: %w", context.Cause(ctx))
	}
}

func (c *Committer[Op]) enqueue(ctx context.Context, w waiting[Op]) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case c.queue <- w:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close refuses new operations and returns when the accepted ones are through.
func (c *Committer[Op]) Close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.done
}

func (c *Committer[Op]) run() {
	defer close(c.done)
	company := false // whether the last batch had more than one operation
	for first := range c.queue {
		batch := c.gather(first, company)
		company = len(batch) > 1
		c.settle(batch)
	}
}

// gather drains the queue. Only after a batch with company does it linger, so
// a lone caller never waits for others that do not exist.
func (c *Committer[Op]) gather(first waiting[Op], company bool) []waiting[Op] {
	batch := []waiting[Op]{first}
	var patience <-chan time.Time
	for len(batch) < maxBatch {
		select {
		case w, open := <-c.queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
			continue
		default:
		}
		if !company {
			return batch
		}
		if patience == nil {
			patience = time.After(linger)
		}
		select {
		case w, open := <-c.queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
		case <-patience:
			return batch
		}
	}
	return batch
}

// settle commits a batch and tells its callers. When it fails because of one of
// its operations, each gets a transaction of its own, so that only the culprit
// pays.
func (c *Committer[Op]) settle(batch []waiting[Op]) {
	ops := make([]Op, len(batch))
	for i, w := range batch {
		ops[i] = w.op
	}
	err := c.transact(ops)
	if err == nil || len(batch) == 1 || c.fatal(err) {
		for _, w := range batch {
			w.result <- err
		}
		return
	}
	var lost error
	for i, w := range batch {
		if lost != nil {
			w.result <- lost
			continue
		}
		err := c.transact(ops[i : i+1])
		if err != nil && c.fatal(err) {
			lost = err
		}
		w.result <- err
	}
}

func (c *Committer[Op]) transact(ops []Op) error {
	watch := c.watch.Load()
	if watch == nil {
		return c.commit(ops)
	}
	began := time.Now()
	err := c.commit(ops)
	(*watch)(Commit{Operations: len(ops), Took: time.Since(began), Failed: err != nil})
	return err
}
