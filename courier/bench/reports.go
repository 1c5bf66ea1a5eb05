package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// reportRounds is how often each report is asked for.
const reportRounds = 15

// slowestReport asks for every report over a month, and by the hour over the longest time
// that there is, and returns the median time of the slowest.
func slowestReport(ctx context.Context, t *target, now time.Time, progress io.Writer) (View, error) {
	fmt.Fprintf(progress, "reports: %s\n", t.name)
	took := make(map[string][]time.Duration)
	for range reportRounds {
		for by, length := range map[string]time.Duration{
			"hour": 3 * 24 * time.Hour, "day": month, "country": month, "channel": month, "purpose": month,
		} {
			query := url.Values{"from": {now.Add(-length).UTC().Format(time.RFC3339)}, "to": {now.UTC().Format(time.RFC3339)}}
			began := time.Now()
			if err := t.operator.Look(ctx, "/admin/reports?by="+by+"&"+query.Encode()); err != nil {
				return View{}, err
			}
			name := "/admin/reports?by=" + by
			took[name] = append(took[name], time.Since(began))
		}
	}
	return slowest(took), nil
}

const month = 30 * 24 * time.Hour

// Reports takes the times of the reports alone, with the most deliveries stored, by target.
func Reports(ctx context.Context, o Options) (slow map[string]View, err error) {
	slow = make(map[string]View)
	stored := o.scale().most()
	for _, start := range []func() (*target, error){
		func() (*target, error) { return courier(ctx, stored, 2) },
		func() (*target, error) { return replicas(ctx, stored, 1) },
	} {
		t, err := start()
		if err != nil {
			return slow, err
		}
		view, err := slowestReport(ctx, t, time.Now(), o.Progress)
		if err = errors.Join(err, t.close()); err != nil {
			return slow, err
		}
		slow[t.name] = view
	}
	return slow, nil
}
