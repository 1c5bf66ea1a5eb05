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
