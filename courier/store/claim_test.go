package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

// moving is a database in which another caller moves every delivery on between its
// claim and what comes next, or in which nothing can be written.
type moving struct {
	Database
	claimed vault.Record
	broken  error
}

// movedOn is a transaction of it.
type movedOn struct {
	Tx
	moving
}

func (m moving) Claim(context.Context, time.Time, time.Time, int) ([]vault.Record, error) {
	return []vault.Record{m.claimed}, nil
}
func (m moving) Write(_ context.Context, op Op) error     { return op.Do(movedOn{moving: m}) }
func (m movedOn) Update(courier.Delivery) (bool, error)   { return false, m.broken }
func (m movedOn) Version(courier.ID) (int64, bool, error) { return m.claimed.Version + 1, true, nil }

func TestWhatEndsUnreadIsLeftAloneOnceItWasMovedOn(t *testing.T) {
	t.Parallel()
	now := time.Now()
	lost := vault.Record{SealedPhone: []byte("under another secret")}
	lost.ID, lost.Version, lost.State, lost.ExpiresAt = uuid.New(), 3, courier.StateAccepted, now.Add(-time.Second)
	keys, err := vault.New(vault.Secrets{Cipher: []string{strings.Repeat("cipher", 6)}, Lookup: strings.Repeat("lookup", 6)})
	require.NoError(t, err)

	_, err = NewKeeper(keys, moving{claimed: lost}).Claim(t.Context(), now, time.Minute, 1)
	require.ErrorIs(t, err, courier.ErrUnreadable)
	require.ErrorContains(t, err, "ends unread")
	require.NotErrorIs(t, err, courier.ErrConflict)

	full := context.DeadlineExceeded
	_, err = NewKeeper(keys, moving{claimed: lost, broken: full}).Claim(t.Context(), now, time.Minute, 1)
	require.ErrorIs(t, err, full)
}
