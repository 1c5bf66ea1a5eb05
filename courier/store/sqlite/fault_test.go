package sqlite

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
)

// tryAccept stores a message by the rules of a test that expects faults.
func tryAccept(ctx context.Context, s *Store, d courier.Delivery) error {
	_, err := s.Accept(ctx, d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt})
	return err
}

func TestAFullDiskIsAnErrorUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	kept := accept(t, s, message(t, canaryPhone, "100000"))
	// SQLite answers a full database and a full disk alike: SQLITE_FULL.
	change(t, s, "PRAGMA max_page_count = 1") // means: what there is now
	full := false
	for i := range 500 {
		if err := tryAccept(t.Context(), s, message(t, canaryPhone, fmt.Sprint(200000+i))); err != nil {
			require.ErrorContains(t, err, "full")
			require.True(t, fatal(err), "it is nobody's fault")
			full = true
			break
		}
	}
	require.True(t, full, "the disk never filled up")
	for range 3 {
		require.ErrorContains(t, s.Ready(t.Context()), "full")
	}
	// Reading goes on.
	_, err := s.Load(t.Context(), kept.ID)
	require.NoError(t, err)

	// The limit belongs to the connection, so a statement outside of a
	// transaction lifts it, as if someone had cleaned up.
	_, err = s.db.writer.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 100000")
	require.NoError(t, err)
	require.NoError(t, s.Ready(t.Context()))
	accept(t, s, message(t, canaryPhone, "300000"))
}

func TestAFullDiskFailsEveryCaller(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	change(t, s, "PRAGMA max_page_count = 1")
	for s.Ready(t.Context()) == nil {
		change(t, s, "INSERT INTO probe (room) VALUES (zeroblob(4096))")
	}
	var callers sync.WaitGroup
	for i := range 64 {
		d := message(t, canaryPhone, fmt.Sprint(200000+i))
		d.Locales = []string{strings.Repeat("x", 5000)} // does not fit into the pages there are
		callers.Go(func() {
			if err := tryAccept(t.Context(), s, d); err == nil {
				t.Error("accepted without room")
			}
		})
	}
	callers.Wait()
	ids, err := s.Find(t.Context(), courier.Query{Identity: "identity-in-clear"})
	require.NoError(t, err)
	require.Empty(t, ids)
}

func TestAReadOnlyConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	_, err := s.db.writer.conn.ExecContext(t.Context(), "PRAGMA query_only = ON")
	require.NoError(t, err)
	require.ErrorContains(t, s.Ready(t.Context()), "readonly")
	require.NoError(t, s.Ready(t.Context()))
	accept(t, s, message(t, canaryPhone, "100000"))
}

func TestAMovedFileAcknowledgesNothing(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	path := strings.TrimPrefix(dsn, "sqlite://")
	s := open(t, dsn)
	require.NoError(t, s.Ready(t.Context()))

	require.NoError(t, os.Rename(path, path+".away"))
	require.ErrorIs(t, s.Ready(t.Context()), errMoved)
	require.ErrorIs(t, tryAccept(t.Context(), s, message(t, canaryPhone, "100000")), errMoved)
	_, err := s.db.writer.conn.ExecContext(t.Context(), "PRAGMA query_only = ON")
	require.NoError(t, err)
	for range 2 { // the first costs the connection, the second needs a new one
		require.Error(t, s.Ready(t.Context()))
	}
	s.db.readers.SetMaxIdleConns(0)
	_, err = s.Load(t.Context(), courier.ID{})
	require.NotErrorIs(t, err, courier.ErrNotFound, "what cannot be read is not known to be missing")
	require.Error(t, err)
	require.NoFileExists(t, path, "no empty database is made in its place")

	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.ErrorIs(t, s.Ready(t.Context()), errMoved, "another file of the same name")

	require.NoError(t, os.Rename(path+".away", path))
	require.NoError(t, s.Ready(t.Context()))
	accept(t, s, message(t, canaryPhone, "100001"))
}

func TestAPoisonedSaveHurtsOnlyItsCaller(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	poison := accept(t, s, message(t, canaryPhone, "100001"))
	poison.AcceptedAt, poison.UpdatedAt = time.Time{}, time.Time{} // no row may be without them

	var callers sync.WaitGroup
	for i := range 32 {
		d := message(t, canaryPhone, fmt.Sprint(200000+i))
		callers.Go(func() {
			if err := tryAccept(t.Context(), s, d); err != nil {
				t.Error(err)
			}
		})
		callers.Go(func() {
			if _, err := s.Save(t.Context(), poison, nil); err == nil {
				t.Error("saved without a time")
			}
		})
	}
	callers.Wait()
	ids, err := s.Find(t.Context(), courier.Query{Identity: "identity-in-clear"})
	require.NoError(t, err)
	require.Len(t, ids, 33)
}

func TestReadyIsBoundedInTime(t *testing.T) {
	t.Parallel()
	s := open(t, "memory")
	hang, hung := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.db.write(context.Background(), func(*statements) error {
			close(hung)
			<-hang
			return nil
		})
	}()
	<-hung
	start := time.Now()
	require.ErrorContains(t, s.Ready(t.Context()), "did not answer within 2s")
	require.Less(t, time.Since(start), 2*store.ReadyWithin)
	close(hang)
	require.NoError(t, s.Ready(t.Context()))
}
