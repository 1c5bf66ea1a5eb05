package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestReopenKeepsAll(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	before, err := Open(t.Context(), dsn, secrets(t))
	require.NoError(t, err)
	quota := courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: time.Now()}
	first := message(t, canaryPhone, "100000")
	d := accept(t, before, first, quota)
	d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptAccepted}}
	d, err = before.Save(t.Context(), d)
	require.NoError(t, err)
	require.NoError(t, before.Close())

	s := open(t, dsn)
	got, err := s.Load(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, d, got)
	require.Equal(t, "100000", got.Code.Reveal())
	first.ID = uuid.Must(uuid.NewV7())
	require.Equal(t, d.ID, accept(t, s, first, quota).ID, "the repeat is still known")
	require.Equal(t, "number_limit", accept(t, s, message(t, canaryPhone, "100001"), quota).Reason, "the quota is still spent")
}

func TestTwoStoresShareAFile(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	stores := []*Store{open(t, dsn), open(t, dsn)}
	quota := courier.Quota{Name: "number", Subject: canaryPhone, Max: 3, Window: time.Hour, Now: time.Now()}
	var (
		callers sync.WaitGroup
		mu      sync.Mutex
		states  = make(map[courier.State]int)
	)
	for i := range 20 {
		d := message(t, canaryPhone, fmt.Sprint(100000+i))
		callers.Go(func() {
			receipt, err := stores[i%2].Accept(t.Context(), d, courier.AcceptRules{Quotas: []courier.Quota{quota}})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			states[receipt.Delivery.State]++
		})
	}
	callers.Wait()
	require.Equal(t, map[courier.State]int{courier.StateAccepted: 3, courier.StateSuppressed: 17}, states)

	claimed := make(map[courier.ID]int)
	for _, s := range append(stores, stores...) {
		due, err := s.Claim(t.Context(), time.Now().Add(time.Minute), time.Hour, 2)
		require.NoError(t, err)
		for _, d := range due {
			claimed[d.ID]++
		}
	}
	require.Len(t, claimed, 3)
	for _, times := range claimed {
		require.Equal(t, 1, times)
	}
}

// crashDSN makes the test binary a process that writes until it is killed.
const crashDSN = "STORE_TEST_CRASH_DSN"

// TestCrashChild is what TestNothingAcknowledgedIsLostByKill kills.
func TestCrashChild(t *testing.T) {
	dsn := os.Getenv(crashDSN)
	if dsn == "" {
		t.Skip("runs only as a child of TestNothingAcknowledgedIsLostByKill")
	}
	s := open(t, dsn)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for {
				d := accept(t, s, message(t, canaryPhone, uuid.NewString()))
				d.State, d.Reason = courier.StateSending, "saved"
				d, err := s.Save(context.Background(), d)
				if err != nil {
					t.Error(err)
					return
				}
				// One write per line: the parent never sees half of an id.
				fmt.Fprintf(os.Stdout, "acknowledged %s\n", d.ID)
			}
		})
	}
	callers.Wait()
}

func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	dsn := temporary(t)
	var acknowledged []courier.ID
	for range 4 {
		acknowledged = append(acknowledged, crash(t, dsn, 200)...)
		s, err := Open(t.Context(), dsn, secrets(t))
		require.NoError(t, err)
		var verdict string
		require.NoError(t, s.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
		require.Equal(t, "ok", verdict)
		for _, id := range acknowledged {
			d, err := s.Load(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, "saved", d.Reason)
			require.EqualValues(t, 2, d.Version)
		}
		require.NoError(t, s.Close())
	}
	require.GreaterOrEqual(t, len(acknowledged), 800)
}

// crash starts a writing process, kills it after n acknowledgements and returns
// all that it gave.
func crash(t *testing.T, dsn string, n int) []courier.ID {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=60s")
	child.Env = append(os.Environ(), crashDSN+"="+dsn)
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var ids []courier.ID
	for lines := bufio.NewScanner(output); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
		if !ok {
			continue
		}
		id, err := uuid.Parse(text)
		require.NoError(t, err)
		if ids = append(ids, id); len(ids) == n {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "it was killed")
	return ids
}
