package app

import (
	"context"
	"time"
)

const (
	upkeepEvery = time.Minute
	// upkeepLease is for how long one replica does the upkeep for all: until its next
	// turn, and some time for that to be late.
	upkeepLease = upkeepEvery + 30*time.Second
	upkeepTask  = "upkeep"
	// revokeTask is the other thing that one replica does for all.
	revokeTask = "revoke_sessions"
	// batch is how many deliveries are removed, or lose their numbers, between two rests. A
	// store may take several transactions for them.
	batch = 100
	// restTimes is how many times as long as a batch took nothing is done after it: then
	// four fifths of the store are there for others. With a million stored, SQLite removes
	// 260 to 420 deliveries a second beside 300 codes that come in.
	restTimes = 4
)

// keepUp does what the store needs from time to time, until ctx ends.
func (a *App) keepUp(ctx context.Context) {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		a.upkeep(ctx)
		a.countOldKeys(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// upkeep is done by one replica for all.
func (a *App) upkeep(ctx context.Context) {
	if a.leadsUpkeep(ctx) {
		a.redate(ctx, a.now())
		a.purge(ctx, a.now())
		a.eraseNumbers(ctx, a.now())
	}
}

// leadWait bounds how long is waited for the word who does the upkeep.
const leadWait = 2 * time.Second

func (a *App) leadsUpkeep(ctx context.Context) bool { return a.leads(ctx, upkeepTask, upkeepLease) }

// leads reports whether this process is the one that does a task, and goes on to be. What
// was asked is waited for though ctx ends: the database may still grant a lease that nobody
// heard of, and nobody would give back.
func (a *App) leads(ctx context.Context, task string, lease time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leadWait)
	defer cancel()
	leads, err := a.replicas.leads(ctx, task, lease)
	if err != nil {
		a.log.WithError(err).WithField("task", task).Error("It could not be found out which replica does this for all.")
	}
	return leads
}

// redate mends what a clock that was set back has left behind.
func (a *App) redate(ctx context.Context, now time.Time) {
	n, err := a.store.Redate(ctx, now, a.config.Kratos.CodeLifespan)
	switch {
	case err == nil && n > 0:
		a.log.WithField("entries", n).Warn("The clock was set back: what it had left in the future counts as of now, and codes of unknown age are not sent any more.")
	case err != nil && ctx.Err() == nil:
		a.log.WithError(err).Error("What a clock that was set back left in the future could not be mended.")
	}
}

// purge removes deliveries that ended longer ago than `keep`.
func (a *App) purge(ctx context.Context, now time.Time) {
	a.inBatches(ctx, "Old deliveries could not be removed.", func() (int, error) {
		return a.store.Purge(ctx, now, a.config.Keep, batch)
	})
}

// eraseNumbers takes the numbers out of deliveries that ended longer ago than
// `keep_numbers`. This process goes on where it was last.
func (a *App) eraseNumbers(ctx context.Context, now time.Time) {
	keep := a.config.keepNumbers()
	if keep >= a.config.Keep {
		return
	}
	a.inBatches(ctx, "Numbers of old deliveries could not be erased.", func() (n int, err error) {
		n, a.erasedTo, err = a.store.EraseNumbers(ctx, now, keep, a.erasedTo, batch)
		return n, err
	})
}

// inBatches works until there is nothing left to do, with a rest after each batch.
func (a *App) inBatches(ctx context.Context, fault string, next func() (int, error)) {
	for a.leadsUpkeep(ctx) {
		began := time.Now()
		done, err := next()
		if err != nil && ctx.Err() == nil {
			a.log.WithError(err).Error(fault)
		}
		if done == 0 || err != nil {
			return
		}
		if rest(ctx, began) != nil {
			return
		}
	}
}

// rest waits after a batch that began then. It returns an error once ctx has ended.
func rest(ctx context.Context, began time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(restTimes * time.Since(began)):
		return nil
	}
}
