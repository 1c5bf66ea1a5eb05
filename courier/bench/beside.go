package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Beside is what Kratos waits for while something else goes on.
type Beside struct {
	Target, What string
	Waits
	// Empty is of a target of the same kind with nothing stored and nothing else to do, for as
	// long, half of it before and half after: a machine may change within minutes.
	Empty Waits
}

// Waits are how long answers took. P50 and P99 are the medians of those of several rounds, so
// that a moment in which the machine stood still does not decide; Most is of all of them.
type Waits struct{ P50, P99, Most time.Duration }

func waits(rounds []result) Waits {
	var p50s, p99s []time.Duration
	var w Waits
	for _, r := range rounds {
		p50s, p99s = append(p50s, r.percentile(50)), append(p99s, r.percentile(99))
		w.Most = max(w.Most, r.percentile(100))
	}
	w.P50, w.P99 = median(p50s), median(p99s)
	return w
}

// String says it in a line.
func (b Beside) String() string {
	return fmt.Sprintf("%s, while %s: p50 %s, p99 %s, most %s; empty: p99 %s, most %s (%.1f)",
		b.Target, b.What, short(b.P50), short(b.P99), short(b.Most), short(b.Empty.P99), short(b.Empty.Most), b.ratio())
}

// ratio is how many times the empty one's p99 this one's is.
func (b Beside) ratio() float64 { return float64(b.P99) / float64(max(b.Empty.P99, 1)) }

// BesideAlone measures what Kratos waits for while something else goes on, and nothing
// else, on SQLite. At a rate that the machine does not carry the times are those of a queue.
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
	defer func() { err = errors.Join(err, empty.close()) }()
	full, err := courier(ctx, s.most(), 2)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, full.close()) }()
	// The machine is still writing what was stored, and all caches are empty.
	if _, err := g.run(ctx, full, load{rate: o.Rate, span: s.steady}); err != nil {
		return nil, err
	}
	return s.besides(ctx, g, o.Rate, pair{empty, full}, activities(), o.Progress)
}

// pair is of two targets of the same kind, one with nothing stored and one with the most.
type pair struct{ empty, full *target }

// besides has the full target do one thing after the other, beside so many messages a second.
func (s scale) besides(ctx context.Context, g *generator, rate int, p pair, do []activity, progress io.Writer) (all []Beside, err error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for _, a := range do {
		fmt.Fprintf(progress, "%d a second, while %s: %s\n", rate, a.what, p.full.name)
		b, err := s.beside(ctx, g, rate, p, a, folder)
		if err != nil {
			return all, fmt.Errorf("while %s: %w", a.what, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// beside measures the full target in some rounds, and the empty one in half of them before
// and half after.
func (s scale) beside(ctx context.Context, g *generator, rate int, p pair, a activity, folder string) (Beside, error) {
	b := Beside{Target: p.full.name, What: a.what}
	l := load{rate: rate, span: s.span}
	before, err := g.rounds(ctx, p.empty, l, s.turns)
	if err != nil {
		return b, err
	}
	err = a.around(ctx, p.full, folder, func() error {
		// A start, with all caches empty, is not measured.
		if _, err := g.run(ctx, p.full, load{rate: rate, span: s.warm}); err != nil {
			return err
		}
		stored, err := p.full.count(ctx)
		if err != nil {
			return err
		}
		got, err := g.rounds(ctx, p.full, l, 2*s.turns)
		if err != nil {
			return err
		}
		b.Waits = waits(got)
		left, err := p.full.count(ctx)
		if removed := stored + posted(got) - left; removed > 0 {
			b.What += fmt.Sprintf(": %s in %s", thousands(removed), time.Duration(2*s.turns)*s.span)
		}
		return err
	})
	if err != nil {
		return b, err
	}
	after, err := g.rounds(ctx, p.empty, l, s.turns)
	b.Empty = waits(slices.Concat(before, after))
	return b, err
}

// rounds puts a load on a target several times.
func (g *generator) rounds(ctx context.Context, t *target, l load, n int) ([]result, error) {
	var all []result
	for range n {
		got, err := g.run(ctx, t, l)
		if err != nil {
			return all, err
		}
		all = append(all, got)
	}
	return all, nil
}

// posted is how many messages came in, whether or not they were read in time.
func posted(rounds []result) (n int) {
	for _, r := range rounds {
		n += r.messages + r.unread
	}
	return n
}
