package app

import (
	"context"
	"time"
)

const (
	upkeepEvery = time.Minute
	// purgeBatch keeps each purge short, so that no accept waits for it.
	purgeBatch = 500
)

// keepUp does what the store needs from time to time, until ctx ends.
func (a *App) keepUp(ctx context.Context) {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		a.redate(ctx, a.now())
		a.purge(ctx, a.now())
		a.countOldKeys(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
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
	for ctx.Err() == nil {
		removed, err := a.store.Purge(ctx, now, a.config.Keep, purgeBatch)
		if err != nil && ctx.Err() == nil {
			a.log.WithError(err).Error("Old deliveries could not be removed.")
		}
		if removed == 0 {
			return
		}
	}
}

// countOldKeys finds out how far a rotation of secrets.cipher is. Once none is
// left there is no need to look again: this process seals under the first secret
// alone.
func (a *App) countOldKeys(ctx context.Context) {
	if known := a.oldKeys.Load(); known != nil && *known == 0 {
		return
	}
	n, err := a.store.OldKeys(ctx)
	switch {
	case err == nil:
		a.oldKeys.Store(&n)
	case ctx.Err() == nil:
		a.log.WithError(err).Error("The deliveries under old secrets could not be counted.")
	}
}
