package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// activity is what a target does beside a load.
type activity struct {
	what string
	// around does it while load puts a load on the target.
	around func(ctx context.Context, t *target, folder string, load func() error) error
}

// activities are what an operator's courier does.
func activities() []activity {
	return []activity{
		{"nothing else", func(_ context.Context, _ *target, _ string, load func() error) error { return load() }},
		listing(50),
		listing(500),
		{"one backup after the other", func(ctx context.Context, t *target, folder string, load func() error) error {
			return repeat(ctx, load, func(ctx context.Context, turn int) error {
				return t.backup(ctx, filepath.Join(folder, fmt.Sprint(turn)))
			})
		}},
		removal(),
	}
}

// listing has operators look at lists of so many deliveries: 50 unless they ask for more, and
// 500 at most.
func listing(limit int) activity {
	what := fmt.Sprintf("operators list %d deliveries, five times a second", limit)
	return activity{what, func(ctx context.Context, t *target, _ string, load func() error) error {
		return repeat(ctx, load, func(ctx context.Context, _ int) error {
			next := time.After(time.Second / 5)
			err := t.operator.Look(ctx, fmt.Sprintf("/admin/deliveries?state=delivered&limit=%d", limit))
			select {
			case <-next:
			case <-ctx.Done():
			}
			return err
		})
	}}
}

// removal has half of what is stored be older than the target keeps. It removes that from
// its start on, so it is started anew, and once more to end it.
func removal() activity {
	return activity{"old deliveries are removed", func(ctx context.Context, t *target, _ string, load func() error) error {
		if err := t.keep(ctx, filled.Month/2); err != nil {
			return err
		}
		return errors.Join(load(), t.keep(ctx, keepAll))
	}}
}

// repeat does something until the load is over, with a turn that counts up.
func repeat(ctx context.Context, load func() error, do func(ctx context.Context, turn int) error) error {
	others, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		var err error
		for turn := 0; err == nil && others.Err() == nil; turn++ {
			err = do(others, turn)
		}
		if others.Err() != nil {
			err = nil // cut off at the end of the load
		}
		failed <- err
	}()
	err := load()
	stop()
	return errors.Join(err, <-failed)
}

// backup runs the command that operators run.
func (t *target) backup(ctx context.Context, file string) error {
	out, status, err := testkit.RunCourier(ctx, "backup", "--config", t.process.ConfigFile(), file)
	if err == nil && status != 0 {
		err = fmt.Errorf("the backup failed: %s", out)
	}
	return err
}

// keepAll is longer than anything is stored for.
const keepAll = 365 * 24 * time.Hour

// keep starts the target's courier anew with another `keep`.
func (t *target) keep(ctx context.Context, d time.Duration) error {
	if err := t.process.Stop(ctx); err != nil {
		return err
	}
	t.process.Set("keep", d.String())
	err := t.process.Restart(ctx)
	t.pids = []int{t.process.PID()}
	return err
}
