package mockmeta_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func names(m client.Message) []string {
	out := []string{}
	for _, s := range m.Statuses {
		out = append(out, s.Name)
	}
	return out
}

func (b *bench) message(id string) client.Message {
	b.t.Helper()
	all, err := b.Client().Messages(b.ctx, client.Filter{})
	require.NoError(b.t, err)
	for _, m := range all {
		if m.ID == id {
			return m
		}
	}
	b.t.Fatalf("there is no message %s", id)
	return client.Message{}
}

func TestAPhoneOnWhatsAppReads(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.send(set(otp(phone, "481920"), "biz_opaque_callback_data", "d1.1"))
	require.NoError(t, b.Client().WaitForStatus(b.ctx, a.wamid(), "read"))
	require.Equal(t, []string{"sent", "delivered", "read"}, names(b.message(a.wamid())))
	eventually(t, func() error {
		if n := len(b.hook.statuses(t)); n != 3 {
			return fmt.Errorf("%d statuses", n)
		}
		return nil
	})
	for _, st := range b.hook.statuses(t) {
		require.Equal(t, a.wamid(), st["id"])
		require.Equal(t, "12025550143", st["recipient_id"])
		require.Equal(t, "d1.1", st["biz_opaque_callback_data"])
		require.Regexp(t, `^[0-9]{10}$`, st["timestamp"])
	}
}

func TestAPhoneThatIsNotOnWhatsAppFails(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().SetHandset(b.ctx, phone, client.Handset{State: client.NotOnWhatsApp}))
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "failed"))
	m := b.message(id)
	require.Equal(t, []string{"failed"}, names(m))
	require.Equal(t, 131026, m.Statuses[0].Code)
	st := b.hook.statuses(t)[0]
	require.EqualValues(t, 131026, st["errors"].([]any)[0].(map[string]any)["code"])

	other := b.accepted(phone2, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, other, "read"), "another phone is not affected")
}

func TestAPhoneThatIsSwitchedOffGetsItLater(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().SetHandset(b.ctx, "+1 202 555-0143", client.Handset{State: client.SwitchedOff}))
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "sent"))
	require.NoError(t, b.Client().SetHandset(b.ctx, phone, client.Handset{State: client.OnWhatsApp}))
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "read"))
}

func TestAPlantedErrorHitsOneSend(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().FailNextSend(b.ctx, phone, 131026))
	require.Equal(t, http.StatusOK, b.send(otp(phone2, "1")).status)
	a := b.send(otp(phone, "1"))
	require.Equal(t, []int{400, 131026}, []int{a.status, a.code()})
	require.Equal(t, http.StatusOK, b.send(otp(phone, "1")).status)

	require.NoError(t, b.Client().FailNextSend(b.ctx, "", 2))
	a = b.send(otp(phone2, "1"))
	require.Equal(t, []int{503, 2}, []int{a.status, a.code()})
}

func TestResetForgets(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().SetHandset(b.ctx, phone, client.Handset{State: client.NotOnWhatsApp}))
	require.NoError(t, b.Client().FailNextSend(b.ctx, "", 190))
	require.NoError(t, b.Client().Reset(b.ctx))
	seen, err := b.Client().Messages(b.ctx, client.Filter{})
	require.NoError(t, err)
	require.Empty(t, seen)
	require.NoError(t, b.Client().WaitForStatus(b.ctx, b.accepted(phone, "1"), "read"), "the subscription stays")
}
