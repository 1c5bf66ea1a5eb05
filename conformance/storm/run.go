package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// Options of a run.
type Options struct {
	// Rate is the codes a second, Span how long the outage lasts.
	Rate int
	Span time.Duration
	// Calm is how long codes are posted before it.
	Calm time.Duration
	// Hang is how long Meta answers nothing before it cuts the connection.
	Hang time.Duration
	// Progress takes a line now and then.
	Progress io.Writer
}

// longest is when the last code has died, so that nothing more can come.
const longest = 5*time.Minute + 5*time.Second

// Run starts a deployment, makes the outage and measures. It takes Calm, Span and
// the time until everyone has a message, or every code has died.
func Run(ctx context.Context, o Options) (_ Figures, err error) {
	numbers, err := testkit.People(int((o.Calm+o.Span).Seconds()*float64(o.Rate)) + o.Rate)
	if err != nil {
		return Figures{}, err
	}
	system, err := testkit.StartSystem(ctx, testkit.SystemOptions{
		WithoutKratos: true,
		Mock:          testkit.MockOptions{Args: []string{"--calm", "--throughput=-1", "--pair-every=-1s", "--max-messages=1000000"}},
		Courier:       testkit.CourierOptions{Configure: configure},
	})
	if err != nil {
		return Figures{}, err
	}
	defer func() { err = errors.Join(err, system.Close(context.WithoutCancel(ctx))) }()

	fmt.Fprintf(o.Progress, "%s of %d codes a second while all is well\n", o.Calm, o.Rate)
	crowd := &crowd{courier: system.Courier, numbers: numbers}
	if err := crowd.post(ctx, o.Rate, o.Calm); err != nil {
		return Figures{}, err
	}
	calm := judge(crowd.posted, nil, time.Time{})
	crowd.posted, crowd.refused = nil, 0

	fmt.Fprintf(o.Progress, "%s in which Meta answers nothing for %s\n", o.Span, o.Hang)
	hang := client.Chaos{Faults: []client.Fault{{Kind: client.Reset, Rate: 1, Delay: client.Duration(o.Hang)}}}
	if _, err := system.Mock.SetChaos(ctx, hang); err != nil {
		return Figures{}, err
	}
	begun := time.Now()
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	var seen time.Time
	watcher.Go(func() { seen = firstFault(watching, system.Courier.Operator()) })
	err = crowd.post(ctx, o.Rate, o.Span)
	stop()
	watcher.Wait()
	if err != nil {
		return Figures{}, err
	}
	if _, err := system.Mock.SetChaos(ctx, client.Chaos{}); err != nil {
		return Figures{}, err
	}
	fmt.Fprintln(o.Progress, "Meta answers again; waiting for what is still to come")
	f, err := await(ctx, system, crowd, seen)
	f.Refused, f.CalmP99, f.Seen = crowd.refused, calm.AcceptP99, -1
	if !seen.IsZero() {
		f.Seen = Duration(seen.Sub(begun))
	}
	return f, err
}

// configure lets nothing but the outage hold messages up.
func configure(c testkit.Config) {
	c.Set("sms.max_per_hour", 1_000_000)
	c.Set("sms.max_per_day", 1_000_000)
	c.Set("whatsapp.rate", 1000)
}

// firstFault is when operators saw the first fault; zero when they saw none.
func firstFault(ctx context.Context, operator *testkit.Operator) time.Time {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if faults, err := operator.Degraded(ctx); err == nil && len(faults) > 0 {
			return time.Now()
		}
		select {
		case <-ctx.Done():
			return time.Time{}
		case <-tick.C:
		}
	}
}

// await judges again and again until everyone has a message and nothing more is
// under way, or until every code has died.
func await(ctx context.Context, system *testkit.System, crowd *crowd, seen time.Time) (Figures, error) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	until := time.Now().Add(longest)
	calm := 0
	var last Figures
	for {
		messages, err := system.Mock.Messages(ctx, client.Filter{})
		if err != nil {
			return last, err
		}
		f := judge(crowd.posted, messages, seen)
		if f == last && f.None == 0 {
			calm++
		} else {
			calm = 0
		}
		last = f
		// A second SMS would come by the overall fallback, a minute after the first.
		if calm > 13 || time.Now().After(until) {
			return f, nil
		}
		select {
		case <-ctx.Done():
			return f, ctx.Err()
		case <-tick.C:
		}
	}
}
