package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
)

// Options of a run.
type Options struct {
	// Short proves that everything runs; its figures mean little.
	Short bool
	// Rate is how many messages a second BesideAlone posts.
	Rate int
	// Progress takes a line now and then.
	Progress io.Writer
}

// scale is how long a run measures.
type scale struct {
	rounds   int
	span     time.Duration // of one load in one round
	steady   time.Duration // of the sustained loads, which are measured once
	turns    int           // rounds of an empty target before something else goes on, and after it
	warm     time.Duration // of a load that is not measured, after a start
	stored   []int
	replicas []int // on PostgreSQL
	fsyncs   int
	logins   int
}

// roundsWithin is when no further round begins: on a machine that does not carry the loads
// each takes minutes.
const roundsWithin = 4 * time.Minute

func (o Options) scale() scale {
	if o.Short {
		return scale{rounds: 1, span: time.Second, steady: 2 * time.Second, turns: 1, warm: time.Second / 2, stored: []int{1000}, replicas: []int{1, 2}, fsyncs: 200, logins: 10}
	}
	return scale{
		rounds: 3, span: 3 * time.Second, steady: 12 * time.Second, turns: 2, warm: 2 * time.Second, stored: []int{100_000, 1_000_000},
		replicas: []int{1, 2, 4}, fsyncs: 1000, logins: 150,
	}
}

// Names of the loads.
const (
	oneCaller    = "one caller"
	manyCallers  = "64 callers"
	calm         = "300 a second"
	calmRate     = 300
	busy         = "700 a second"
	busyRate     = 700
	manyAtOnce   = 64
	viewsBetween = 50 * time.Millisecond
)

func (s scale) loads() []load {
	return []load{
		{name: oneCaller, callers: 1, span: s.span},
		{name: manyCallers, callers: manyAtOnce, span: s.span},
		{name: calm, rate: calmRate, span: s.span},
		{name: busy, rate: busyRate, span: s.span},
	}
}

// Run measures everything. It takes about ten minutes, or half a one if it is short.
func Run(ctx context.Context, o Options) (_ Figures, err error) {
	s := o.scale()
	// First, since it needs most to be in place.
	logins, err := storm(ctx, s.logins, o.Progress)
	if err != nil {
		return Figures{}, err
	}
	targets, full, err := s.targets(ctx, o.Progress)
	defer func() {
		for _, t := range append(targets, full) {
			if t != nil {
				err = errors.Join(err, t.close())
			}
		}
	}()
	if err != nil {
		return Figures{}, err
	}
	generator, err := newGenerator()
	if err != nil {
		return Figures{}, err
	}
	f := Figures{Short: o.Short, Lives: make(map[string]map[string]result), targets: names(targets), Storm: logins}
	var syncs []time.Duration
	began := time.Now()
	for round := range s.rounds {
		if time.Since(began) > roundsWithin {
			break
		}
		sync, err := fsync(s.fsyncs)
		if err != nil {
			return f, err
		}
		syncs = append(syncs, sync)
		for _, l := range s.loads() {
			for _, t := range targets {
				fmt.Fprintf(o.Progress, "round %d of %d: %s, %s\n", round+1, s.rounds, l.name, t.name)
				got, err := generator.run(ctx, t, l)
				if err != nil {
					return f, err
				}
				if got.messages == 0 {
					return f, fmt.Errorf("%s: no message was read", t.name)
				}
				f.add(l.name, t.name, got)
			}
		}
	}
	f.Fsync = median(syncs)
	if f.Commit, err = postgrestest.CommitTime(ctx, full.server.DSN(), s.fsyncs); err != nil {
		return f, err
	}
	fullest := targets[len(s.stored)+1]
	if f.Views, err = slowestView(ctx, generator, fullest, s.span, o.Progress); err != nil {
		return f, err
	}
	f.Reports = make(map[string]View)
	for _, t := range []*target{fullest, full} {
		if f.Reports[t.name], err = slowestReport(ctx, t, time.Now(), o.Progress); err != nil {
			return f, err
		}
	}
	for _, t := range targets[1:] {
		b, err := s.burst(ctx, generator, t, o.Progress)
		if err != nil {
			return f, err
		}
		f.Bursts = append(f.Bursts, b)
	}
	f.BesideRate = f.carried(fullest.name)
	for _, of := range []struct {
		pair
		do []activity
	}{{pair{targets[1], fullest}, activities()}, {pair{targets[len(s.stored)+2], full}, []activity{removal()}}} {
		got, err := s.besides(ctx, generator, f.BesideRate, of.pair, of.do, o.Progress)
		if f.Beside = append(f.Beside, got...); err != nil {
			return f, err
		}
	}
	f.Sustained, err = s.sustained(ctx, generator, o.Progress)
	if err != nil {
		return f, err
	}
	return f, err
}

// targets starts what is compared: the relay, couriers on SQLite with more and more
// stored, and more and more replicas on PostgreSQL. full is one on PostgreSQL with the
// most stored.
func (s scale) targets(ctx context.Context, progress io.Writer) (targets []*target, full *target, err error) {
	relay, err := relayProcess(ctx)
	if err != nil {
		return nil, nil, err
	}
	targets = []*target{relay}
	for _, stored := range append([]int{0}, s.stored...) {
		if stored > 0 {
			fmt.Fprintf(progress, "storing %s deliveries\n", thousands(stored))
		}
		t, err := courier(ctx, stored, 2)
		if err != nil {
			return targets, nil, err
		}
		targets = append(targets, t)
	}
	for _, n := range s.replicas {
		t, err := replicas(ctx, 0, n)
		if err != nil {
			return targets, nil, err
		}
		targets = append(targets, t)
	}
	most := s.most()
	fmt.Fprintf(progress, "storing %s deliveries in PostgreSQL\n", thousands(most))
	full, err = replicas(ctx, most, 1)
	return targets, full, err
}

func (s scale) most() int { return s.stored[len(s.stored)-1] }

// sustained finds out whether one number's rate, and that of two, can be kept.
func (s scale) sustained(ctx context.Context, g *generator, progress io.Writer) ([]Sustained, error) {
	var all []Sustained
	for numbers := 1; numbers <= 2; numbers++ {
		rate := 1000 * numbers
		fmt.Fprintf(progress, "%d a second for %s over %d numbers\n", rate, s.steady, numbers)
		t, err := courier(ctx, 0, numbers)
		if err != nil {
			return nil, err
		}
		got, err := g.run(ctx, t, load{rate: rate, span: s.steady})
		if err = errors.Join(err, t.close()); err != nil {
			return nil, err
		}
		all = append(all, Sustained{
			Numbers: numbers, Asked: rate, Got: got.rate(), Cores: got.cpu.Seconds() / got.took.Seconds(),
			AcceptP99: got.percentile(99), Resident: got.resident, Span: s.steady, Took: got.took, Unread: got.unread,
		})
	}
	return all, nil
}

func names(targets []*target) []string {
	var all []string
	for _, t := range targets {
		all = append(all, t.name)
	}
	return all
}

func median[T interface{ ~int64 | ~float64 | ~int }](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
