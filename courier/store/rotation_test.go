package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// A rotation is over once OldKeys is 0: rows under the old secret are counted
// until they are purged.
func TestOldKeysCountsWhatARotationLeaves(t *testing.T) {
	t.Parallel()
	dsn := "sqlite://" + t.TempDir() + "/courier.db"
	accept := func(s *SQLite, number string) {
		to, err := courier.ParsePhone(number)
		require.NoError(t, err)
		code, err := courier.NewCode("135790")
		require.NoError(t, err)
		now := time.Now()
		_, err = s.Accept(t.Context(), courier.Delivery{
			ID: uuid.Must(uuid.NewV7()), TemplateType: "login_code_valid", To: to, Code: code,
			State: courier.StateAccepted, AcceptedAt: now, ExpiresAt: now.Add(time.Minute),
		}, courier.AcceptRules{RepeatsUntil: now.Add(time.Minute)})
		require.NoError(t, err)
	}
	count := func(secrets Secrets, number string) int {
		s, err := Open(t.Context(), dsn, secrets)
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		if number != "" {
			accept(s, number)
		}
		n, err := s.OldKeys(t.Context())
		require.NoError(t, err)
		return n
	}
	require.Zero(t, count(secrets(), "+12025550110"))
	both := Secrets{Cipher: append(rotated().Cipher, secrets().Cipher...), Lookup: secrets().Lookup}
	require.Equal(t, 1, count(both, "+12025550111"))
	require.Equal(t, 1, count(secrets(), ""), "and the other way round")
}
