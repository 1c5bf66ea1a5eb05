package mockmeta_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const secondPath = "/v25.0/" + mockmeta.SecondPhoneNumberID

// sendFrom sends a code from a number, by its path.
func (b *bench) sendFrom(path, to string) answer {
	b.t.Helper()
	return b.graph(http.MethodPost, path+"/messages", otp(to, "1"))
}

func TestTheSecondNumberSends(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, 200, b.sendFrom(secondPath, phone).status)
	messages, err := b.Client().Messages(b.ctx, client.Filter{To: phone})
	require.NoError(t, err)
	require.Equal(t, mockmeta.SecondPhoneNumberID, messages[0].From)
	b.settled()
	require.Contains(t, string(b.hook.all()[0].body), `"metadata":{"display_phone_number":"15550100124","phone_number_id":"`+mockmeta.SecondPhoneNumberID+`"}`)

	number := b.graph(http.MethodGet, secondPath, nil).body
	require.Equal(t, mockmeta.SecondPhoneNumberID, number["id"])
	require.Equal(t, "+1 555-010-0124", number["display_phone_number"])
}

// A number has a registration and limits of its own, and faults may wait for it.
func TestEachNumberForItself(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Throughput = 1 })
	require.Equal(t, 200, b.sendFrom(phonePath, phone).status)
	require.Equal(t, 130429, b.sendFrom(phonePath, phone2).code())
	require.Equal(t, 200, b.sendFrom(secondPath, phone2).status)
	require.NoError(t, b.Client().Advance(b.ctx, time.Second))

	require.Equal(t, 200, b.graph(http.MethodPost, secondPath+"/deregister", nil).status)
	require.Equal(t, 133010, b.sendFrom(secondPath, phone).code())
	require.Equal(t, 200, b.sendFrom(phonePath, "+12025550145").status)
	require.Equal(t, 200, b.graph(http.MethodPost, secondPath+"/register", map[string]any{"messaging_product": "whatsapp", "pin": "123456"}).status)
	require.NoError(t, b.Client().Advance(b.ctx, time.Second))

	_, err := b.Client().SetChaos(b.ctx, client.Chaos{Faults: []client.Fault{{Kind: client.SendError, Code: 131031, From: mockmeta.PhoneNumberID, Rate: 1}}})
	require.NoError(t, err)
	require.Equal(t, 131031, b.sendFrom(phonePath, "+12025550146").code())
	require.Equal(t, 200, b.sendFrom(secondPath, "+12025550146").status)
}

func TestFaultsOfUnknownNumbers(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.ErrorContains(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SendError, From: "1"}), "from: the account has no sending number")
	require.ErrorContains(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SMSError, From: mockmeta.PhoneNumberID}), "from: a sms_error has no sending number")
}
