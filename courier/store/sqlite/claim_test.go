package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

func TestWhatEndsUnreadLeavesNoCiphertextOfItsCode(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	former, s := open(t, dsn), openWith(t, dsn, rotated(t))
	lost := accept(t, former, message(t, canaryPhone, "100001"))
	require.Equal(t, map[vault.Content]int{vault.Codes: 1, vault.Phones: 1}, blobs(t, former))
	_, err := s.Claim(t.Context(), lost.ExpiresAt, time.Minute, 1)
	require.ErrorIs(t, err, courier.ErrUnreadable)
	require.Equal(t, map[vault.Content]int{vault.Phones: 1}, blobs(t, former))
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
