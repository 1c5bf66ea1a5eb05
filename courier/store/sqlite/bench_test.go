package sqlite

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/storetest"
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
		d, rules := storetest.Message(b, i)
		began := time.Now()
		_, err := s.Accept(b.Context(), d, rules)
		require.NoError(b, err)
		accepts = append(accepts, time.Since(began))

		began = time.Now()
		_, err = file.Write(page)
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

// carry takes messages [from, to) through their lives. It returns the processor time
// that they took, and how long each accept took.
func carry(b *testing.B, s *Store, from, to int) (used time.Duration, accepts []time.Duration) {
	used = processorTime(b)
	accepts = storetest.Lives(b, from, to, s)
	return processorTime(b) - used, accepts
}

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
