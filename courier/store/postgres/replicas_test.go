package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// silence lets a replica look as if it was last heard of that long ago.
func silence(t *testing.T, s *Store, id courier.ID, ago time.Duration) {
	t.Helper()
	tag, err := s.db.pool.Exec(t.Context(), "UPDATE replicas SET beat_at = beat_at - $2 WHERE id = $1", id, ago.Microseconds())
	require.NoError(t, err)
	require.EqualValues(t, 1, tag.RowsAffected())
}

func TestReplicasHearOfEachOther(t *testing.T) {
	t.Parallel()
	s := openWith(t, temporary(t), secrets(t))
	const alive = 20 * time.Second
	reported := time.Date(2026, time.November, 21, 9, 30, 0, 0, time.UTC)
	first := courier.Replica{ID: uuid.Must(uuid.NewV7()), Serves: courier.ServesAll, Version: "v1.2.3"}
	second := courier.Replica{ID: uuid.Must(uuid.NewV7()), Serves: courier.ServesWebhook, Version: "v1.2.4", LastReport: reported}
	beat := func(r courier.Replica) []courier.Replica {
		live, err := s.Beat(t.Context(), r, alive)
		require.NoError(t, err)
		return live
	}

	before := s.Now()
	alone := beat(first)
	require.Len(t, alone, 1)
	require.WithinRange(t, alone[0].Started, before.Add(-setWithin), s.Now().Add(setWithin))
	require.Equal(t, alone[0].Started, alone[0].Beat)

	both := beat(second)
	require.Equal(t, []courier.ID{first.ID, second.ID}, []courier.ID{both[0].ID, both[1].ID})
	require.Equal(t, alone[0], both[0])
	require.Equal(t, courier.Replica{
		ID: second.ID, Serves: courier.ServesWebhook, Version: "v1.2.4", LastReport: reported,
		SealsBy: s.SealsBy(), Started: both[1].Started, Beat: both[1].Beat,
	}, both[1])
	require.Equal(t, 1, courier.Senders(both))

	again := beat(first)
	require.Equal(t, alone[0].Started, again[0].Started, "a beat does not start it anew")
	require.True(t, again[0].Beat.After(alone[0].Beat))

	silence(t, s, second.ID, alive)
	require.Len(t, beat(first), 1, "who was not heard of counts no more")
	require.Len(t, beat(second), 2, "until it is heard of again")
	require.NoError(t, s.Leave(t.Context(), second.ID))
	require.Len(t, beat(first), 1, "nor does one that left")
}

// TestABeatDoesNotWaitForOneThatIsTakenForDead has such a one beat: they would wait for
// each other.
func TestABeatDoesNotWaitForOneThatIsTakenForDead(t *testing.T) {
	t.Parallel()
	s := openWith(t, temporary(t), secrets(t))
	dead := courier.Replica{ID: uuid.New(), Serves: courier.ServesAll}
	_, err := s.Beat(t.Context(), dead, time.Hour)
	require.NoError(t, err)
	tx, err := s.db.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(context.WithoutCancel(t.Context()))) }()
	_, err = tx.Exec(t.Context(), "UPDATE replicas SET beat_at = beat_at WHERE id = $1", dead.ID)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	live, err := s.Beat(ctx, courier.Replica{ID: uuid.New(), Serves: courier.ServesAll}, 0)
	require.NoError(t, err)
	require.Len(t, live, 1)
}

func TestOneOfThoseThatAskLeads(t *testing.T) {
	t.Parallel()
	replicas := three(t)
	var (
		all   sync.WaitGroup
		leads atomic.Int32
		first atomic.Pointer[courier.ID]
	)
	for i := range 30 {
		all.Go(func() {
			id := uuid.New()
			leading, err := replicas[i%3].Lead(t.Context(), id, "upkeep", time.Hour)
			if err != nil {
				t.Error(err)
			}
			if leading {
				leads.Add(1)
				first.Store(&id)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, leads.Load())
	s, other := replicas[0], uuid.New()
	lead := func(id courier.ID, task string, lease time.Duration) bool {
		leading, err := s.Lead(t.Context(), id, task, lease)
		require.NoError(t, err)
		return leading
	}
	require.True(t, lead(*first.Load(), "upkeep", time.Hour), "it goes on")
	require.False(t, lead(other, "upkeep", time.Hour))
	require.True(t, lead(other, "another task", time.Hour))
	require.True(t, lead(*first.Load(), "upkeep", 0))
	require.True(t, lead(other, "upkeep", time.Hour), "its lease is over")
	require.NoError(t, s.Resign(t.Context(), *first.Load(), "upkeep"))
	require.False(t, lead(*first.Load(), "upkeep", time.Hour), "nobody resigns for another")
	require.NoError(t, s.Resign(t.Context(), other, "upkeep"))
	require.True(t, lead(*first.Load(), "upkeep", time.Hour))
	require.False(t, lead(*first.Load(), "another task", time.Hour), "that was not given up")
}
