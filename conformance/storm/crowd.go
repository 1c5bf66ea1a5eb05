package storm

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// posted is one message that the courier accepted.
type posted struct {
	to, code string
	at       time.Time // when it was acknowledged
	took     time.Duration
}

// crowd posts messages as Kratos does.
type crowd struct {
	courier *testkit.Courier
	numbers []string

	mu      sync.Mutex
	posted  []posted
	refused int
}

// post sends `rate` messages a second, whatever the answers do, until span is
// over, and waits for the answers.
func (c *crowd) post(ctx context.Context, rate int, span time.Duration) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var underWay sync.WaitGroup
	defer underWay.Wait()
	for range int(span.Seconds() * float64(rate)) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		to := c.numbers[0]
		c.numbers = c.numbers[1:]
		underWay.Go(func() { c.one(ctx, to) })
	}
	return nil
}

func (c *crowd) one(ctx context.Context, to string) {
	code := testkit.RandomCode()
	begun := time.Now()
	answer, err := testkit.Do(ctx, http.MethodPost, c.courier.MessagesURL(), testkit.LoginMessage(to, code),
		"Content-Type", "application/json", "X-API-Key", c.courier.KratosKey)
	done := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || answer.Status != http.StatusNoContent {
		c.refused++
		return
	}
	c.posted = append(c.posted, posted{to: to, code: code, at: done, took: done.Sub(begun)})
}
