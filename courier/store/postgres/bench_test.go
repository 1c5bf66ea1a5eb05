package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/storetest"
)

// BenchmarkLifecycle carries messages through six durable writes with 64 callers: over
// one replica, grouped and with one transaction for each write, and over several
// replicas. The server's processor time counts.
func BenchmarkLifecycle(b *testing.B) {
	server, err := postgrestest.Start(b.Context())
	postgrestest.Require(b, err)
	defer func() { require.NoError(b, server.Stop()) }()
	_, err = Migrate(b.Context(), server.DSN())
	require.NoError(b, err)
	carried := 0 // a number of its own for each message, over all of these
	b.Run("grouped", func(b *testing.B) {
		lives(b, server, &carried, openWith(b, server.DSN(), secrets(b)))
	})
	b.Run("single", func(b *testing.B) {
		s := openWith(b, server.DSN(), secrets(b))
		s.db.committer.Close()
		s.db.committer = store.NewCommitter(func(ops []store.Op) error {
			for i := range ops {
				if err := s.db.writer.commit(ops[i : i+1]); err != nil {
					return err
				}
			}
			return nil
		}, fatal)
		lives(b, server, &carried, s)
	})
	for _, replicas := range []int{2, 4} {
		b.Run(fmt.Sprint("replicas=", replicas), func(b *testing.B) {
			var stores []store.Store
			for range replicas {
				stores = append(stores, openWith(b, server.DSN(), secrets(b)))
			}
			lives(b, server, &carried, stores...)
		})
	}
}

func lives(b *testing.B, server *postgrestest.Server, carried *int, stores ...store.Store) {
	b.ResetTimer()
	client, theirs, wal := processorTime(b), serverTime(b, server), walWritten(b, server)
	accepts := storetest.Lives(b, *carried, *carried+b.N, stores...)
	*carried += b.N
	client, theirs = processorTime(b)-client, serverTime(b, server)-theirs
	b.StopTimer()
	wal = walWritten(b, server) - wal
	micro := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(micro(client)/float64(b.N), "client-cpu-µs/msg")
	b.ReportMetric(micro(theirs)/float64(b.N), "server-cpu-µs/msg")
	b.ReportMetric(float64(wal)/float64(b.N), "wal-B/msg")
	b.ReportMetric(micro(accepts[len(accepts)/2]), "accept-p50-µs")
	b.ReportMetric(micro(accepts[len(accepts)*99/100]), "accept-p99-µs")
}

// walWritten is how many bytes a server has written to its log ahead of the tables.
func walWritten(b *testing.B, server *postgrestest.Server) (bytes int64) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), server.DSN())
	require.NoError(b, err)
	err = conn.QueryRow(b.Context(), "SELECT (pg_current_wal_lsn() - '0/0')::bigint").Scan(&bytes)
	require.NoError(b, errors.Join(err, conn.Close(b.Context())))
	return bytes
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverTime is the processor time of a server and of all processes that it started,
// those that have ended included. Linux counts it in hundredths of a second.
func serverTime(b *testing.B, server *postgrestest.Server) time.Duration {
	b.Helper()
	parent := strconv.Itoa(server.Process())
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(b, err)
	var ticks int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended since
		}
		// The name stands in parentheses and may hold anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		own := filepath.Base(filepath.Dir(file)) == parent
		if !own && fields[1] != parent {
			continue
		}
		count := fields[11:13] // user and system
		if own {
			count = fields[11:15] // and those of children that have ended
		}
		for _, field := range count {
			n, err := strconv.Atoi(field)
			require.NoError(b, err)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
