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
// up every caller for as long as the copy takes.
//
// They copy little at a time. While a copy comes to disk commits wait for the same disk, and
// with many deliveries stored most of its pages lie far apart.
//
// The log starts anew only when all of it is copied, and while a copy runs the writer
// adds to it. So when the log is long, the writer copies the short rest itself, between two
// transactions.
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
	// copyAfter is the number of operations after which the log is copied: some 15
	// messages, and about as many pages of each index that numbers and ids are spread over.
	// With a million deliveries stored and 300 messages a second, the p99 of accepting one is
	// 17 ms; it was 22 with copies of 500 and a rest for the writer after each.
	copyAfter = 100
	// copyRest is the time between two copies at least: without it, 64 callers at once would
	// have the log copied 36 times a second.
	copyRest = 50 * time.Millisecond
	// longLog is the number of pages in the log from which on it is to start anew, 16 MiB. The
	// longer it is, the longer commits wait when it is made empty.
	longLog = 4096
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
			if pages, copied, err := c.copy(ctx); err == nil && mayStartAnew(pages, copied) {
				c.leave(copyLog)
			}
			pause(ctx, copyRest)
		case <-tick.C:
			c.empty(ctx)
		}
	}
}

// empty copies the log and leaves it without content.
func (c *checkpoints) empty(ctx context.Context) {
	if _, _, err := c.copy(ctx); err == nil {
		c.leave(emptyLog)
		// A store that is closing or full has its own ways to say so.
		_ = c.wake(ctx)
	}
}

// copy copies the log up to the oldest snapshot that a reader still has open. It returns how
// many pages the log has and how many of them have been copied. An error needs no handling
// beyond this: the log stays long, and the writer will run into the same disk fault.
func (c *checkpoints) copy(ctx context.Context) (pages, copied int, err error) {
	since := c.since.Load()
	var busy int
	if err := c.db.QueryRowContext(ctx, copyLog).Scan(&busy, &pages, &copied); err != nil {
		return 0, 0, err
	}
	c.since.Add(-since)
	return pages, copied, nil
}

// mayStartAnew reports whether the writer should copy the rest of the log so that the log can
// start anew. While a reader has an older snapshot open it cannot.
func mayStartAnew(pages, copied int) bool { return pages >= longLog && copied == pages }

// leave leaves to the writer what copies all of the log.
func (c *checkpoints) leave(rest string) { c.rest.Store(&rest) }

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

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
