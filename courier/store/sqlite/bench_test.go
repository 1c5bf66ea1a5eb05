package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// BenchmarkAcceptAlone compares a lone caller's accept with the fsync that it
// cannot do without, taken in turns so that a noisy machine is noisy for both.
func BenchmarkAcceptAlone(b *testing.B) {
	folder := b.TempDir()
	s := open(b, "sqlite://"+filepath.Join(folder, "courier.db"))
	file, err := os.Create(filepath.Join(folder, "bare"))
	require.NoError(b, err)
	defer file.Close()
	page := make([]byte, 4096)
	var accepts, syncs []time.Duration
	for i := 0; b.Loop(); i++ {
		d := message(b, number(i), uuid.NewString())
		began := time.Now()
		accept(b, s, d, perNumber(d))
		accepts = append(accepts, time.Since(began))

		began = time.Now()
		_, err := file.Write(page)
		require.NoError(b, err)
		require.NoError(b, file.Sync())
		syncs = append(syncs, time.Since(began))
	}
	b.ReportMetric(micro(median(accepts)), "accept-p50-µs")
	b.ReportMetric(micro(median(syncs)), "fsync-p50-µs")
	b.ReportMetric(float64(median(accepts))/float64(median(syncs)), "accept/fsync")
}

// BenchmarkLifecycle carries messages through six durable writes with 64
// callers, grouped and with one commit for each write.
func BenchmarkLifecycle(b *testing.B) {
	b.Run("grouped", func(b *testing.B) { lifecycles(b, open(b, temporary(b))) })
	b.Run("single", func(b *testing.B) {
		s := open(b, temporary(b))
		s.db.committer.Close()
		s.db.committer = store.NewCommitter(func(ops []op) error {
			for i := range ops {
				if err := s.db.writer.commit(ops[i : i+1]); err != nil {
					return err
				}
			}
			return nil
		}, fatal)
		lifecycles(b, s)
	})
}

func lifecycles(b *testing.B, s *Store) {
	b.ResetTimer()
	used, accepts := carry(b, s, 0, b.N)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(micro(used)/float64(b.N), "cpu-µs/msg")
	b.ReportMetric(micro(median(accepts)), "accept-p50-µs")
	b.ReportMetric(micro(accepts[len(accepts)*99/100]), "accept-p99-µs")
}

// carry takes messages [from, to) through their lives with 64 callers. It returns
// the processor time that they took, and how long each accept took.
func carry(b *testing.B, s *Store, from, to int) (used time.Duration, accepts []time.Duration) {
	const parallel = 64
	var (
		next    atomic.Int64
		callers sync.WaitGroup
		mu      sync.Mutex
	)
	next.Store(int64(from))
	used = processorTime(b)
	for range parallel {
		callers.Go(func() {
			for i := int(next.Add(1)); i <= to; i = int(next.Add(1)) {
				took := lifecycle(b, s, i)
				mu.Lock()
				accepts = append(accepts, took)
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	return processorTime(b) - used, accepts
}

// lifecycle is accepted, sending, sent, sent to the phone, delivered, read. It
// returns how long the accept took.
func lifecycle(b *testing.B, s *Store, i int) time.Duration {
	d := message(b, number(i), uuid.NewString())
	began := time.Now()
	d = accept(b, s, d, perNumber(d))
	took := time.Since(began)
	d.State = courier.StateSending
	d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", State: courier.AttemptSending, StartedAt: began}}
	for _, step := range []struct {
		delivery courier.State
		attempt  courier.AttemptState
	}{
		{courier.StateSending, courier.AttemptSending},
		{courier.StateSent, courier.AttemptAccepted},
		{courier.StateSent, courier.AttemptSent},
		{courier.StateDelivered, courier.AttemptDelivered},
		{courier.StateRead, courier.AttemptRead},
	} {
		d.State, d.Attempts[0].State = step.delivery, step.attempt
		if step.attempt == courier.AttemptAccepted {
			d.Attempts[0].ProviderID = "wamid." + uuid.NewString()
		}
		if d.State.Ended() {
			d.Due = time.Time{}
		}
		var err error
		if d, err = s.Save(b.Context(), d); err != nil {
			b.Error(err)
			return took
		}
	}
	return took
}

func perNumber(d courier.Delivery) courier.Quota {
	return courier.Quota{Name: "number", Subject: d.To.E164(), Max: 3, Window: 10 * time.Minute, Now: d.AcceptedAt}
}

// number returns one of a hundred million numbers that no one has.
func number(i int) string { return fmt.Sprintf("+55110%08d", i%100_000_000) }

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
