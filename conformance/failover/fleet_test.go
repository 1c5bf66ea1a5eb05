package failover

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// fleet is the replicas under a supervisor, which starts those again that have ended.
type fleet struct {
	replicas []*testkit.Replica
	// failed counts the starts without success: there was no database.
	failed atomic.Int32
	all    sync.WaitGroup
}

func supervise(ctx context.Context, replicas []*testkit.Replica) *fleet {
	f := &fleet{replicas: replicas}
	for _, r := range replicas {
		f.all.Go(func() {
			for sleep(ctx, 50*time.Millisecond) == nil {
				if r.Running() {
					continue
				}
				if err := r.Restart(ctx); err != nil {
					f.failed.Add(1)
				}
			}
		})
	}
	return f
}

func (f *fleet) wait() { f.all.Wait() }

// killAtRandom kills one every second until ctx ends, and returns how many it has killed.
func (f *fleet) killAtRandom(ctx context.Context, random *rand.Rand) int {
	killed := 0
	for sleep(ctx, time.Second) == nil {
		r := f.replicas[random.IntN(len(f.replicas))]
		if !r.Running() {
			continue
		}
		if r.Kill() == nil {
			killed++
		}
	}
	return killed
}
