package app

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestNumbersMayBeKeptShorterThanTheRest(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.KeepNumbers = "24h"
	a, err := New(t.Context(), c, Options{Log: &output{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	to, err := courier.ParsePhone("+12025550143")
	require.NoError(t, err)
	now := time.Now()
	var ids []courier.ID
	for range batch + 1 { // more than one batch
		d := courier.Delivery{
			ID: uuid.Must(uuid.NewV7()), To: to, State: courier.StateSuppressed, Reason: courier.ReasonDenied,
			AcceptedAt: now, UpdatedAt: now, EndedAt: now,
		}
		_, err = a.store.Accept(t.Context(), d, courier.AcceptRules{})
		require.NoError(t, err)
		ids = append(ids, d.ID)
	}
	numbers := func() (n int) {
		for _, id := range ids {
			d, err := a.store.Peek(t.Context(), id)
			require.NoError(t, err)
			if !d.To.IsZero() {
				n++
			}
		}
		return n
	}
	a.eraseNumbers(t.Context(), now.Add(23*time.Hour))
	require.Equal(t, len(ids), numbers())
	a.eraseNumbers(t.Context(), now.Add(25*time.Hour))
	require.Zero(t, numbers())
	require.Equal(t, ids[len(ids)-1], a.erasedTo)
}
