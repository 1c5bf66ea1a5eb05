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

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

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
				d, err := s.Save(context.Background(), d, nil)
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
		require.NoError(t, s.db.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
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
