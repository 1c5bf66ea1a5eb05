package postgres

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit/postgrestest"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// cutter stands between a store and its server, and cuts the connection at the next
// commit: before the server hears of it, or after it has answered.
type cutter struct {
	dsn   string
	armed atomic.Int32
	cuts  atomic.Int32
}

const (
	beforeCommit = 1
	afterCommit  = 2
)

func newCutter(t *testing.T, server *postgrestest.Server) *cutter {
	t.Helper()
	folder := t.TempDir()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(folder, ".s.PGSQL.5432"))
	require.NoError(t, err)
	c := &cutter{dsn: strings.Replace(server.DSN(), "?host=", "?host="+folder+"&unused=", 1)}
	c.dsn, _, _ = strings.Cut(c.dsn, "&unused=")
	var pipes sync.WaitGroup
	pipes.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			up, err := (&net.Dialer{}).DialContext(t.Context(), "unix", filepath.Join(server.Folder(), ".s.PGSQL.5432"))
			if err != nil {
				_ = client.Close()
				continue
			}
			pipes.Go(func() { c.pipe(client, up) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		pipes.Wait()
	})
	return c
}

// parseCommit gives the commit its name; what commits has that name, after the empty one
// of a portal (PostgreSQL, Message Formats, Parse and Bind).
var parseCommit = regexp.MustCompile("(courier_[0-9]+)\x00COMMIT\x00")

func (c *cutter) pipe(client, server net.Conn) {
	var (
		swallow atomic.Bool
		answers sync.WaitGroup
	)
	shut := func() { _, _ = client.Close(), server.Close() }
	defer answers.Wait()
	defer shut()
	answers.Go(func() {
		defer shut()
		for buffer := make([]byte, 1<<16); ; {
			n, err := server.Read(buffer)
			if err != nil || swallow.Load() {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	var name string
	for buffer := make([]byte, 1<<16); ; {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if parsed := parseCommit.FindSubmatch(buffer[:n]); parsed != nil {
			name = string(parsed[1])
		}
		if name != "" && bytes.Contains(buffer[:n], []byte("\x00"+name+"\x00")) {
			switch c.armed.Swap(0) {
			case beforeCommit:
				c.cuts.Add(1)
				return
			case afterCommit:
				c.cuts.Add(1)
				swallow.Store(true)
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if swallow.Load() {
			answers.Wait()
			return
		}
	}
}

// TestALostConnectionAppliesNothingTwice cuts the connection at a commit, whose outcome
// the store then has to find out.
func TestALostConnectionAppliesNothingTwice(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]int32{"before the commit": beforeCommit, "after the commit": afterCommit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
			postgrestest.Require(t, err)
			t.Cleanup(func() { require.NoError(t, server.Stop()) })
			_, err = Migrate(t.Context(), server.DSN())
			require.NoError(t, err)
			cut := newCutter(t, server)
			s := openWith(t, cut.dsn, secrets(t))

			d := message(t, "100001")
			quota := rules(d).Quotas[0]
			cut.armed.Store(when)
			got, err := s.Accept(t.Context(), d, rules(d))
			require.NoError(t, err)
			require.Equal(t, courier.Created, got.Outcome)
			require.EqualValues(t, 1, cut.cuts.Load())
			count, _, err := s.Latest(t.Context(), quota, 9)
			require.NoError(t, err)
			require.Equal(t, 1, count)

			budget := courier.Quota{Name: "sms_total", Max: 1, Window: time.Hour, Now: d.AcceptedAt}
			d = got.Delivery
			d.State, d.Attempts = courier.StateFallback, []courier.Attempt{{N: 1, Channel: courier.SMS, State: courier.AttemptSending}}
			cut.armed.Store(when)
			saved, err := s.Save(t.Context(), d, nil, budget)
			require.NoError(t, err)
			require.EqualValues(t, 2, cut.cuts.Load())
			require.EqualValues(t, 2, saved.Version)
			stored, err := s.Load(t.Context(), d.ID)
			require.NoError(t, err)
			require.EqualValues(t, 2, stored.Version)
			count, _, err = s.Latest(t.Context(), budget, 9)
			require.NoError(t, err)
			require.Equal(t, 1, count)
			all, err := s.List(t.Context(), courier.Page{})
			require.NoError(t, err)
			require.Len(t, all.Deliveries, 1)
		})
	}
}

// TestAKilledServerCostsErrorsOnly kills the server under load and starts it again.
// Whoever is told of a fault tries again, as Kratos does.
func TestAKilledServerCostsErrorsOnly(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context())
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, err = Migrate(t.Context(), server.DSN())
	require.NoError(t, err)
	s := openWith(t, server.DSN(), secrets(t))

	const callers, each = 16, 40
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		acked  []courier.ID
		faults atomic.Int32
		some   = make(chan struct{}, callers*each)
	)
	for caller := range callers {
		all.Go(func() {
			for n := range each {
				d := message(t, fmt.Sprintf("%d-%d", caller, n))
				// As Kratos tries again.
				if !assert.Eventually(t, func() bool {
					got, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
					if err != nil {
						faults.Add(1)
						return false
					}
					mu.Lock()
					defer mu.Unlock()
					acked = append(acked, got.Delivery.ID)
					some <- struct{}{}
					return true
				}, time.Minute, 10*time.Millisecond) {
					return
				}
			}
		})
	}
	for range callers * each / 4 {
		<-some
	}
	require.NoError(t, server.Kill())
	require.Eventually(t, func() bool { return faults.Load() >= callers }, 30*time.Second, 10*time.Millisecond)
	require.NoError(t, server.Run(t.Context()))
	all.Wait()
	require.Len(t, acked, callers*each)
	for _, id := range acked {
		_, err := s.Load(t.Context(), id)
		require.NoError(t, err, "acknowledged and lost")
	}
	stored, err := s.List(t.Context(), courier.Page{Limit: 2 * callers * each})
	require.NoError(t, err)
	require.Len(t, stored.Deliveries, callers*each, "each message once")
	t.Logf("%d faults were told", faults.Load())
}

// TestAnEndedConnectionCostsNothing lets the server end all connections between two
// calls, as a planned failover does.
func TestAnEndedConnectionCostsNothing(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context(), "-c", "fsync=off")
	postgrestest.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, err = Migrate(t.Context(), server.DSN())
	require.NoError(t, err)
	s, other := openWith(t, server.DSN(), secrets(t)), openWith(t, server.DSN(), secrets(t))
	require.NoError(t, s.Ready(t.Context()))
	_, err = other.db.pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()")
	require.NoError(t, err)
	d := message(t, "100001")
	got, err := s.Accept(t.Context(), d, rules(d))
	require.NoError(t, err)
	require.Equal(t, courier.Created, got.Outcome)
}

func TestWhatATransactionFailedOf(t *testing.T) {
	t.Parallel()
	said := func(code string) error { return fmt.Errorf("writing: %w", &pgconn.PgError{Code: code}) }
	for name, c := range map[string]struct {
		err               error
		repeatable, fatal bool
	}{
		"a serialization failure": {said("40001"), true, true}, //nolint:misspell // PostgreSQL's word
		"a deadlock":              {said("40P01"), true, true},
		"a full disk":             {said("53100"), false, true},
		"a wait for a lock":       {said("55P03"), false, true},
		"one operation's fault":   {said("23502"), false, false},
		"no server":               {&unreachableError{cause: said(""), before: true}, false, true},
		"a lost connection":       {&unreachableError{cause: said("57P01")}, true, true},
	} {
		require.Equal(t, c.repeatable, repeatable(c.err), name)
		require.Equal(t, c.fatal, fatal(c.err), name)
	}
}
