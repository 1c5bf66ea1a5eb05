package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Burst is what it costs when Meta held its webhooks back for a while and then posts
// them much faster than messages come in.
type Burst struct {
	Target string
	// Held webhooks were posted at Rate a second, beside those of new messages.
	Held, Rate int
	// Webhook is how long one of them waited for its answer, Accept how long Kratos did.
	Webhook, Accept struct{ P50, P99 time.Duration }
}

const (
	burstMessages = 300 // a second
	burstTimes    = 4
)

// burst holds the webhooks of a load back, and posts them at four times the rate of the
// messages while the same load goes on.
func (s scale) burst(ctx context.Context, g *generator, t *target, progress io.Writer) (Burst, error) {
	fmt.Fprintf(progress, "webhooks held back, then posted at once: %s\n", t.name)
	l := load{rate: burstMessages, span: s.span}
	t.meta.hold()
	_, err := g.run(ctx, t, l)
	held := t.meta.release()
	if err != nil {
		return Burst{}, err
	}
	b := Burst{Target: t.name, Held: len(held), Rate: burstTimes * burstMessages}
	var waits []time.Duration
	var got result
	put := func() (err error) { got, err = g.run(ctx, t, l); return err }
	err = repeat(ctx, put, func(ctx context.Context, turn int) error {
		if turn > 0 {
			<-ctx.Done()
			return nil
		}
		var err error
		waits, err = t.meta.postAt(b.Rate, held)
		return err
	})
	b.Webhook.P50, b.Webhook.P99 = percentile(waits, 50), percentile(waits, 99)
	b.Accept.P50, b.Accept.P99 = got.percentile(50), got.percentile(99)
	return b, err
}

// postAt posts webhooks at a rate and returns how long each waited, sorted.
func (s *standIn) postAt(rate int, bodies [][]byte) (waits []time.Duration, failed error) {
	var (
		mu       sync.Mutex
		underWay sync.WaitGroup
	)
	began := time.Now()
	for i, body := range bodies {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		underWay.Go(func() {
			posted := time.Now()
			err := s.post(body)
			took := time.Since(posted)
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, took)
			if err != nil {
				failed = err
			}
		})
	}
	underWay.Wait()
	slices.Sort(waits)
	return waits, failed
}
