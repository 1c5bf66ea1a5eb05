package app

import (
	"context"
	"time"
)

const (
	purgeEvery = time.Minute
	// purgeBatch keeps each purge short, so that no accept waits for it.
	purgeBatch = 500
)

// purge removes deliveries that ended longer ago than `keep`, until ctx ends.
func (a *App) purge(ctx context.Context, now func() time.Time) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		a.purgeOnce(ctx, now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) purgeOnce(ctx context.Context, now time.Time) {
	for ctx.Err() == nil {
		removed, err := a.store.Purge(ctx, now.Add(-a.config.Keep), purgeBatch)
		if err != nil && ctx.Err() == nil {
			a.log.WithError(err).Error("Old deliveries could not be removed.")
		}
		if removed == 0 {
			return
		}
	}
}
