package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// A delivery whose secret is lost waits for it as long as its code lives.
func TestClaimEndsWhatNobodyCanReadOnceItsCodeHasDied(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	with := func(secrets *vault.Vault) *Store {
		s, err := Open(t.Context(), dsn, secrets)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	former, s := with(secrets(t)), with(rotated(t))
	lost := accept(t, former, message(t, canaryPhone, "100001"))
	fine := message(t, canaryPhone, "100002")
	fine.Due = lost.ExpiresAt
	fine = accept(t, s, fine)
	claim := func(at time.Time) ([]courier.Delivery, error) { return s.Claim(t.Context(), at, time.Minute, 10) }

	early := lost.ExpiresAt.Add(-time.Microsecond)
	none, err := claim(early)
	require.ErrorContains(t, err, lost.ID.String())
	require.NotContains(t, err.Error(), "unread")
	require.Empty(t, none)
	none, err = claim(early.Add(time.Minute - time.Microsecond))
	require.NoError(t, err, "it is put off like the others")
	require.Len(t, none, 1)

	waiting, err := former.Load(t.Context(), lost.ID)
	require.NoError(t, err)
	require.Equal(t, courier.StateAccepted, waiting.State)
	require.Equal(t, "100001", waiting.Code.Reveal(), "whoever has the secret may still send it")

	change(t, s, "UPDATE deliveries SET due_at = ?", micros(lost.ExpiresAt))
	due, err := claim(lost.ExpiresAt)
	require.ErrorContains(t, err, lost.ID.String())
	require.ErrorContains(t, err, "put that secret back")
	require.ErrorContains(t, err, "ends unread")
	require.NotContains(t, err.Error(), fine.ID.String())
	require.Len(t, due, 1)
	require.Equal(t, fine.ID, due[0].ID)

	ended, err := former.Load(t.Context(), lost.ID)
	require.NoError(t, err)
	require.Equal(t, courier.StateExpired, ended.State)
	require.Equal(t, courier.ReasonCodeExpired, ended.Reason)
	require.Equal(t, lost.ExpiresAt, ended.EndedAt)
	require.Equal(t, ended.EndedAt, ended.UpdatedAt)
	require.Zero(t, ended.Due)
	require.True(t, ended.Code.IsZero())
	require.Equal(t, map[vault.Content]int{vault.Phones: 1}, blobs(t, former), "no ciphertext of its code is left")
	live, err := s.Find(t.Context(), courier.Query{To: lost.To, Live: true})
	require.NoError(t, err)
	require.Equal(t, []courier.ID{fine.ID}, live)

	_, err = former.Save(t.Context(), waiting)
	require.ErrorIs(t, err, courier.ErrConflict, "its former owner is told")
	_, err = claim(lost.ExpiresAt.Add(time.Hour))
	require.NoError(t, err, "and that is the last of it")
}

// A row that lost its secret is there for those who need no secret of it.
func TestUnreadableDeliveries(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	former := open(t, dsn)
	s, err := Open(t.Context(), dsn, rotated(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	full := courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: time.Now()}
	live := accept(t, former, message(t, canaryPhone, "100001"), full)
	suppressed := accept(t, former, message(t, canaryPhone, "100002"), full)

	_, err = s.Load(t.Context(), live.ID)
	require.ErrorIs(t, err, courier.ErrUnreadable)
	require.ErrorContains(t, err, "put that secret back")
	seen, err := s.Peek(t.Context(), live.ID)
	require.NoError(t, err)
	require.Equal(t, courier.StateAccepted, seen.State)
	require.True(t, seen.To.IsZero())
	readable, err := former.Peek(t.Context(), live.ID)
	require.NoError(t, err)
	require.Equal(t, canaryPhone, readable.To.E164())
	require.True(t, readable.Code.IsZero())

	again := message(t, canaryPhone, "100001")
	repeat, err := s.Accept(t.Context(), again, courier.AcceptRules{RepeatsUntil: again.ExpiresAt})
	require.NoError(t, err, "Kratos' repeat of it")
	require.Equal(t, courier.Repeated, repeat.Outcome)
	require.Equal(t, live.ID, repeat.Delivery.ID)
	more := message(t, canaryPhone, "100003")
	counted, err := s.Accept(t.Context(), more, courier.AcceptRules{
		RepeatsUntil: more.ExpiresAt, CountWithin: time.Hour, Quotas: []courier.Quota{full},
	})
	require.NoError(t, err, "what is counted on a record that lost its secret")
	require.Equal(t, courier.Suppressed, counted.Outcome)
	require.Equal(t, suppressed.ID, counted.Delivery.ID)
	require.Equal(t, 1, counted.Delivery.Repeats)
}

func TestBuryLeavesAloneWhatWasMovedOn(t *testing.T) {
	t.Parallel()
	s := open(t, "memory")
	outdated, dead := accept(t, s, message(t, canaryPhone, "100001")), accept(t, s, message(t, canaryPhone, "100002"))
	moved, err := s.Save(t.Context(), outdated)
	require.NoError(t, err)

	var ends []courier.Delivery
	for _, d := range []courier.Delivery{outdated, dead} {
		end, ended := courier.EndUnread(d, d.ExpiresAt)
		require.True(t, ended)
		ends = append(ends, end)
	}
	require.NoError(t, s.bury(t.Context(), ends))
	got, err := s.Load(t.Context(), moved.ID)
	require.NoError(t, err)
	require.Equal(t, moved, got)
	got, err = s.Load(t.Context(), dead.ID)
	require.NoError(t, err)
	require.Equal(t, courier.StateExpired, got.State)
}
