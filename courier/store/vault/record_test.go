package vault

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

func TestARecordHoldsNoSecretInClear(t *testing.T) {
	t.Parallel()
	code, err := courier.NewCode("012345")
	require.NoError(t, err)
	v, lost := newTestVault(t, secrets()), newTestVault(t, rotated())
	d := courier.Delivery{ID: uuid.New(), To: courier.KnownPhone("+12025550110"), Code: code, State: courier.StateSent}

	r := v.SealDelivery(d)
	require.True(t, r.To.IsZero())
	require.True(t, r.Code.IsZero())
	opened, err := v.OpenDelivery(r)
	require.NoError(t, err)
	require.Equal(t, d, opened)
	require.Equal(t, "+12025550110", v.Show(r).To.E164())
	require.True(t, v.Show(r).Code.IsZero())
	require.Equal(t, v.FirstKey(), r.SealedPhone[:len(v.FirstKey())])

	_, err = lost.OpenDelivery(r)
	require.ErrorIs(t, err, courier.ErrUnreadable)
	require.Equal(t, courier.Delivery{ID: d.ID, State: d.State}, lost.Show(r))

	d.State = courier.StateCancelled
	require.Nil(t, v.SealDelivery(d).SealedCode, "no code is kept that no one needs")
	d.To = courier.Phone{}
	require.Nil(t, v.SealDelivery(d).SealedPhone)
}
