package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/sqlite/filled"
)

// Beside is what Kratos waits for while something else goes on.
type Beside struct {
	Target, What string
	P50, P99     time.Duration
}

// BesideAlone measures what Kratos waits for while something else goes on, and nothing
// else: first an empty courier, to which the others compare. At a rate that the machine does
// not carry the times are those of a queue.
func BesideAlone(ctx context.Context, o Options) (all []Beside, err error) {
	s := o.scale()
	g, err := newGenerator()
	if err != nil {
		return nil, err
	}
	empty, err := courier(ctx, 0, 2)
	if err != nil {
		return nil, err
	}
	got, err := g.run(ctx, empty, load{rate: o.Rate, span: s.steady})
	if err = errors.Join(err, empty.close()); err != nil {
		return nil, err
	}
	all = append(all, Beside{Target: empty.name, What: "nothing else", P50: got.percentile(50), P99: got.percentile(99)})
	full, err := courier(ctx, s.most(), 2)
	if err != nil {
		return all, err
	}
	// The machine is still writing what was stored, and all caches are empty.
	if _, err := g.run(ctx, full, load{rate: o.Rate, span: s.steady}); err != nil {
		return all, errors.Join(err, full.close())
	}
	others, err := s.beside(ctx, g, o.Rate, full, o.Progress)
	return append(all, others...), errors.Join(err, full.close())
}

// besides measures the targets with the most stored.
func (s scale) besides(ctx context.Context, g *generator, rate int, sqlite, postgres *target, progress io.Writer) ([]Beside, error) {
	all, err := s.beside(ctx, g, rate, sqlite, progress)
	if err != nil {
		return all, err
	}
	purging, err := s.besidePurge(ctx, g, rate, postgres, progress)
	return append(all, purging), err
}

func (s scale) beside(ctx context.Context, g *generator, rate int, t *target, progress io.Writer) ([]Beside, error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var all []Beside
	for _, other := range []struct {
		what string
		do   func(ctx context.Context, turn int) error
	}{
		{"nothing else", func(ctx context.Context, _ int) error { <-ctx.Done(); return nil }},
		{"operators list 500 deliveries, five times a second", func(ctx context.Context, _ int) error {
			next := time.After(time.Second / 5)
			err := t.operator.Look(ctx, "/admin/deliveries?state=delivered&limit=500")
			select {
			case <-next:
			case <-ctx.Done():
			}
			return err
		}},
		{"one backup after the other", func(ctx context.Context, turn int) error {
			return t.backup(ctx, filepath.Join(folder, fmt.Sprint(turn)))
		}},
	} {
		fmt.Fprintf(progress, "%d a second, while %s\n", rate, other.what)
		got, err := g.runBeside(ctx, t, load{rate: rate, span: s.steady}, other.do)
		if err != nil {
			return all, err
		}
		all = append(all, Beside{Target: t.name, What: other.what, P50: got.percentile(50), P99: got.percentile(99)})
	}
	purging, err := s.besidePurge(ctx, g, rate, t, progress)
	return append(all, purging), err
}

// runBeside puts a load on a target, and does something else for as long.
func (g *generator) runBeside(ctx context.Context, t *target, l load, do func(ctx context.Context, turn int) error) (result, error) {
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
	got, err := g.run(ctx, t, l)
	stop()
	return got, errors.Join(err, <-failed)
}

// besidePurge starts the target anew, so that half of what it has stored is older than
// it keeps. It removes that from its start on.
func (s scale) besidePurge(ctx context.Context, g *generator, rate int, t *target, progress io.Writer) (Beside, error) {
	fmt.Fprintf(progress, "%d a second, while old deliveries are removed\n", rate)
	before, err := t.count(ctx)
	if err != nil {
		return Beside{}, err
	}
	if err := t.keep(ctx, filled.Month/2); err != nil {
		return Beside{}, err
	}
	got, err := g.run(ctx, t, load{rate: rate, span: s.steady})
	if err != nil {
		return Beside{}, err
	}
	after, err := t.count(ctx)
	what := fmt.Sprintf("old deliveries are removed: %s in this time", thousands(max(before+got.messages-after, 0)))
	return Beside{Target: t.name, What: what, P50: got.percentile(50), P99: got.percentile(99)}, err
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
