package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// setEvery is how often the clock is set. Between, it goes by the time that
	// passes, whatever happens to the machine's clock.
	setEvery = 10 * time.Second
	// setWithin is how long the answer may take that the clock is set by: it is wrong
	// by at most half of that.
	setWithin = time.Second
)

// clock tells the time of the database.
type clock struct {
	pool  *pgxpool.Pool
	local func() time.Time
	stop  chan struct{}
	done  chan struct{}

	mu       sync.RWMutex
	here     time.Time // when it was set, by the machine's clock
	there    time.Time // and by the database's
	stopping sync.Once
}

func newClock(pool *pgxpool.Pool, local func() time.Time) *clock {
	return &clock{pool: pool, local: local, stop: make(chan struct{}), done: make(chan struct{})}
}

func (c *clock) now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.there.Add(c.local().Sub(c.here))
}

// set asks the database for the time. An answer that took too long is not used.
func (c *clock) set(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, setWithin)
	defer cancel()
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	asked := c.local()
	var there time.Time
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&there); err != nil {
		return err
	}
	answered := c.local()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.here, c.there = answered, there.Add(answered.Sub(asked)/2)
	return nil
}

func (c *clock) run(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(setEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			_ = c.set(ctx) // it goes on as it was set; whoever needs the database hears of its fault
		}
	}
}

func (c *clock) close() {
	c.stopping.Do(func() { close(c.stop) })
	<-c.done
}
