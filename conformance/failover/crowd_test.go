package failover

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const (
	// answerWithin is how long a post may take before it is made again.
	answerWithin = 5 * time.Second
	// pause is before a message is posted again.
	pause = 100 * time.Millisecond
	// triedFor is how long a message is posted again and again.
	triedFor = time.Minute
)

// crowd is people who ask for codes, each for one, and one number that asks for many.
type crowd struct {
	courier *testkit.Courier
	people  []string
	flooded string

	mu     sync.Mutex
	posted map[message]post
}

func newCrowd(t *testing.T, courier *testkit.Courier, size int) *crowd {
	t.Helper()
	people, err := testkit.People(size + 1)
	require.NoError(t, err)
	return &crowd{courier: courier, people: people[1:], flooded: people[0], posted: map[message]post{}}
}

// ask posts that many messages a second, and one a second to the number with a limit,
// until ctx ends; then it waits until each is answered.
func (c *crowd) ask(ctx context.Context, rate int) {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var underWay sync.WaitGroup
	defer underWay.Wait()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		to := []string{c.people[n]}
		if n%rate == 0 {
			to = append(to, c.flooded)
		}
		for i, phone := range to {
			// Codes that all differ, of ten digits.
			m := message{phone, fmt.Sprintf("%010d", 1_000_000_000+2*n+i)}
			underWay.Go(func() { c.post(context.WithoutCancel(ctx), m) })
		}
	}
}

// post posts a message as Kratos does: again, until it is taken.
func (c *crowd) post(ctx context.Context, m message) {
	ctx, cancel := context.WithTimeout(ctx, triedFor)
	defer cancel()
	var p post
	for ; p.at.IsZero(); p.tries++ {
		id, err := c.try(ctx, m)
		if err == nil {
			p.id, p.at = id, time.Now()
			continue
		}
		if sleep(ctx, pause) != nil {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posted[m] = p
}

func (c *crowd) try(ctx context.Context, m message) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answer, err := testkit.Do(ctx, http.MethodPost, c.courier.MessagesURL(), testkit.LoginMessage(m.to, m.code),
		"Content-Type", "application/json", "X-API-Key", c.courier.KratosKey)
	if err == nil && answer.Status != http.StatusNoContent {
		err = fmt.Errorf("answered %d", answer.Status)
	}
	return answer.Header.Get("X-Delivery-Id"), err
}

// end is what a run has left.
type end struct {
	messages   []client.Message
	deliveries map[string]testkit.Delivery
}

// await waits until all deliveries have ended.
func (c *crowd) await(t *testing.T, system *testkit.System) end {
	t.Helper()
	var e end
	require.Eventually(t, func() bool {
		all, err := system.Courier.Operator().Deliveries(t.Context())
		if err != nil {
			return false
		}
		e.deliveries = map[string]testkit.Delivery{}
		for _, d := range all {
			if d.EndedAt.IsZero() {
				return false
			}
			e.deliveries[d.ID] = d
		}
		e.messages, err = system.Mock.Messages(t.Context(), client.Filter{})
		return err == nil
	}, settled, time.Second, "every delivery ends")
	return e
}

// reached are the codes that a number got.
func (c *crowd) reached(messages []client.Message, phone string) map[string]bool {
	codes := map[string]bool{}
	for _, m := range messages {
		if m.To == phone {
			codes[m.Code] = true
		}
	}
	return codes
}
