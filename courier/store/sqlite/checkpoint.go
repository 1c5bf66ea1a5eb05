package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// checkpoints copy what was committed from the write-ahead log into the database, on a
// connection of their own: done by the writer, as SQLite does by itself, each would hold
// up every caller for as long as the copy of thousands of pages takes.
//
// The log starts anew only when all of it is copied, and while a copy runs the writer
// adds to it. So the writer copies the short rest itself, between two transactions.
type checkpoints struct {
	db *sql.DB
	// wake lets the writer run, although there may be nothing to write.
	wake func(context.Context) error

	since atomic.Int64 // operations since the last copy
	grown chan struct{}
	rest  atomic.Pointer[string] // what the writer is to do before its next transaction

	stop context.CancelFunc
	done sync.WaitGroup
}

const (
	// copyAfter is the number of operations after which the log is copied: some 3 to
	// 15 MB of it, depending on how many operations share a transaction. While a copy
	// comes to disk commits wait. With a million deliveries stored and 350 messages a
	// second, copies of 500 keep the p99 of accepting one at 26 ms, those of 2000 at 48 ms.
	// With 64 callers at once they carry 3 to 10 % fewer messages than those of 2000; those of
	// 200 carry 12 to 16 % fewer, and are no faster.
	copyAfter = 500
	// emptyEvery is how often the log is made empty, so that codes that were erased
	// are gone from it too.
	emptyEvery = time.Minute
)

// Both give up at once rather than wait for others who use the log; the next one will do.
const (
	copyLog  = "PRAGMA wal_checkpoint(PASSIVE)"
	emptyLog = "PRAGMA wal_checkpoint(TRUNCATE)"
)

func newCheckpoints(db *sql.DB, wake func(context.Context) error) *checkpoints {
	return &checkpoints{db: db, wake: wake, grown: make(chan struct{}, 1)}
}

// start empties the log now and then, and at once if a killed courier left one
// behind: otherwise the log of a courier that keeps being killed grows with each kill, and
// every start has to read all of it. By then the writer must have c.
func (c *checkpoints) start(every time.Duration, left bool) {
	var ctx context.Context
	ctx, c.stop = context.WithCancel(context.Background())
	c.done.Go(func() {
		if left {
			c.empty(ctx)
		}
		c.run(ctx, every)
	})
}

func (c *checkpoints) close() {
	if c != nil {
		c.stop()
		c.done.Wait()
	}
}

func (c *checkpoints) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.grown:
			c.copy(ctx, copyLog)
		case <-tick.C:
			c.empty(ctx)
		}
	}
}

// empty copies the log and leaves it without content.
func (c *checkpoints) empty(ctx context.Context) {
	if c.copy(ctx, emptyLog) {
		// A store that is closing or full has its own ways to say so.
		_ = c.wake(ctx)
	}
}

// copy copies the log and leaves the rest to the writer. A failure is no one's loss:
// the log stays longer, and the writer meets what is wrong with the disk by itself.
func (c *checkpoints) copy(ctx context.Context, rest string) bool {
	since := c.since.Load()
	if _, err := c.db.ExecContext(ctx, copyLog); err != nil {
		return false
	}
	c.since.Add(-since)
	c.rest.Store(&rest)
	return true
}

// committed counts operations that are in the log now.
func (c *checkpoints) committed(operations int) {
	if c == nil || c.since.Add(int64(operations)) < copyAfter {
		return
	}
	select {
	case c.grown <- struct{}{}:
	default: // one is under way
	}
}

// finish does what a copy has left, on the writer's connection, outside a transaction.
// What keeps the log from starting anew, such as a reader, is no failure: the next copy
// will do. The settings are not prepared once like other statements, because SQLite
// carries them out when it parses them.
func (c *checkpoints) finish(ctx context.Context, on *sql.Conn) error {
	if c == nil {
		return nil
	}
	rest := c.rest.Swap(nil)
	if rest == nil {
		return nil
	}
	if _, err := on.ExecContext(ctx, "PRAGMA busy_timeout(0)"); err != nil {
		return err
	}
	_, _ = on.ExecContext(ctx, *rest)
	_, err := on.ExecContext(ctx, "PRAGMA "+waits)
	return err
}
