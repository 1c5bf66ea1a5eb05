package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// load is how messages come in: from so many callers, each of which waits for the
// life of its message to end, or at a rate whatever the answers do.
type load struct {
	name    string
	callers int
	rate    int // a second; 0 goes by callers
	span    time.Duration
}

// result is what a load has cost.
type result struct {
	messages int
	took     time.Duration
	// cpu is that of the courier, and server that of its PostgreSQL.
	cpu, server time.Duration
	written     int
	resident    int
	accepts     []time.Duration // sorted
	// asked is the load's rate, or 0.
	asked int
	// unread are the messages whose life had not ended in time. They cost
	// processor time too, but do not count as messages.
	unread int
}

// perMessage is the processor time of one message, the database server's too.
func (r result) perMessage() time.Duration {
	return (r.cpu + r.server) / time.Duration(max(r.messages, 1))
}

// serverPerMessage is the part of the database server.
func (r result) serverPerMessage() time.Duration { return r.server / time.Duration(max(r.messages, 1)) }

// rate is how many lives a second ended.
func (r result) rate() float64 { return float64(r.messages) / r.took.Seconds() }

// kept reports whether lives ended nearly as fast as they were asked for. The last ones
// may take some time.
func (r result) kept() bool { return r.rate() >= 0.8*float64(r.asked) }

// percentile returns the accept time that so many percent do not exceed.
func (r result) percentile(p int) time.Duration { return percentile(r.accepts, p) }

func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

// generator posts Kratos' messages.
type generator struct {
	numbers []string
	next    atomic.Int64
	client  *http.Client
	within  time.Duration // how long the life of a message may take, from its answer
}

func newGenerator() (*generator, error) {
	// More numbers than messages in any one load: a second message to the same number
	// would supersede the first one while that still waits.
	numbers, err := testkit.People(44_000)
	return &generator{numbers: numbers, within: lifeWithin, client: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1024},
	}}, err
}

// lifeWithin is how long a generator waits for the end of a message's life.
const lifeWithin = 60 * time.Second

// errUnread means that the life of a message had not ended in time.
var errUnread = errors.New("a message was not read in time")

// run puts a load on a target until its span is over and every life has ended.
func (g *generator) run(ctx context.Context, t *target, l load) (result, error) {
	before, beforeServer, err := t.usages()
	if err != nil {
		return result{}, err
	}
	var (
		mu      sync.Mutex
		accepts []time.Duration
		unread  int
		failed  error
	)
	life := func() {
		took, err := g.life(ctx, t)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, errUnread):
			unread++
		case err != nil:
			failed = errors.Join(failed, err)
		default:
			accepts = append(accepts, took)
		}
	}
	began := time.Now()
	if l.rate > 0 {
		atRate(l, life)
	} else {
		byCallers(l, life)
	}
	took := time.Since(began)
	after, afterServer, err := t.usages()
	if err = errors.Join(err, failed); err != nil {
		return result{}, fmt.Errorf("%s: %w", t.name, err)
	}
	slices.Sort(accepts)
	return result{
		messages: len(accepts), took: took, cpu: after.cpu - before.cpu, server: afterServer.cpu - beforeServer.cpu,
		written:  after.written - before.written + afterServer.written - beforeServer.written,
		resident: after.resident, accepts: accepts, unread: unread, asked: l.rate,
	}, nil
}

func byCallers(l load, life func()) {
	var callers sync.WaitGroup
	end := time.Now().Add(l.span)
	for range l.callers {
		callers.Go(func() {
			for time.Now().Before(end) {
				life()
			}
		})
	}
	callers.Wait()
}

// atRate makes up for ticks that came late, so that the rate is kept.
func atRate(l load, life func()) {
	var underWay sync.WaitGroup
	began := time.Now()
	for i := range int(float64(l.rate) * l.span.Seconds()) {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(l.rate))))
		underWay.Go(life)
	}
	underWay.Wait()
}

// life posts one message and waits until its last webhook is answered. It returns
// how long the post took.
func (g *generator) life(ctx context.Context, t *target) (time.Duration, error) {
	turn := int(g.next.Add(1))
	to := g.numbers[turn%len(g.numbers)]
	over := t.meta.expect(to)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.messages[turn%len(t.messages)], strings.NewReader(testkit.LoginMessage(to, testkit.RandomCode())))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-API-Key", t.key)
	began := time.Now()
	answer, err := g.client.Do(r)
	if err != nil {
		return 0, late(err)
	}
	took := time.Since(began)
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return 0, fmt.Errorf("a message was answered %s", answer.Status)
	}
	select {
	case err := <-over:
		return took, late(err)
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(g.within):
		return 0, errUnread
	}
}

// late takes an exchange that took too long, or was cut off because it did, for a life that
// did not end in time: the machine does not carry the load, which is a figure and no fault.
func late(err error) error {
	_, cut := errors.AsType[*url.Error](err)
	if cut && !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, context.Canceled) {
		return errUnread
	}
	return err
}
