package mockmeta_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func (b *bench) handset(number string, h client.Handset) {
	b.t.Helper()
	require.NoError(b.t, b.Client().SetHandset(b.ctx, number, h))
}

func (b *bench) advance(d time.Duration) {
	b.t.Helper()
	require.NoError(b.t, b.Client().Advance(b.ctx, d))
}

func TestAPhoneThatIsOffForAWhile(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{OffFor: client.Duration(2 * time.Minute)})
	id := b.accepted(phone, "1")
	b.advance(time.Minute)
	require.Equal(t, []string{"sent"}, names(b.message(id)))
	b.advance(2 * time.Minute)
	require.Equal(t, []string{"sent", "delivered", "read"}, names(b.message(id)))
}

func TestAnOldTimerDoesNotSwitchAPhoneOn(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{OffFor: client.Duration(time.Minute)})
	b.handset(phone, client.Handset{State: client.SwitchedOff})
	id := b.accepted(phone, "1")
	b.advance(5 * time.Minute)
	require.Equal(t, []string{"sent"}, names(b.message(id)))
}

func TestAnExpiredMessageIsDroppedWithoutAWord(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{State: client.SwitchedOff})
	id := b.accepted(phone, "1")
	b.advance(11 * time.Minute) // the template's time to live is 600 s
	b.handset(phone, client.Handset{State: client.OnWhatsApp})
	b.settled()
	require.Equal(t, []string{"sent"}, names(b.message(id)))
	require.Equal(t, []string{"sent"}, b.arrived(id))
}

func TestABlockedSenderStaysAtSent(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{Blocked: true})
	id := b.accepted(phone, "1")
	b.settled()
	require.Equal(t, []string{"sent"}, names(b.message(id)))
}

func TestWithoutReadReceiptsNothingIsRead(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{NoReceipts: true})
	id := b.accepted(phone, "1")
	b.settled()
	require.Equal(t, []string{"sent", "delivered"}, names(b.message(id)))
}

func TestAnIdentityThatChanged(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{IdentityHash: "Zm9vYmFyMTI="})
	same := b.send(set(otp(phone, "1"), "recipient_identity_key_hash", "Zm9vYmFyMTI="))
	b.handset(phone, client.Handset{IdentityHash: "b3RoZXI="})
	b.settled()
	other := b.send(set(otp(phone, "1"), "recipient_identity_key_hash", "Zm9vYmFyMTI="))
	b.settled()
	require.Equal(t, []string{"failed"}, names(b.message(other.wamid())))
	require.Equal(t, 137000, b.message(other.wamid()).Statuses[0].Code)
	require.NotEmpty(t, same.wamid())
}

func TestWhatsAppIDsThatDifferFromTheNumber(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"+5511999888777":  "5511999888777", // São Paulo keeps the ninth digit
		"+5561999888777":  "556199888777",
		"+5500900000001":  "550000000001",
		"+525512345678":   "5215512345678",
		"+5215512345678":  "5215512345678",
		"+541112345678":   "5491112345678",
		"+5491112345678":  "5491112345678",
		"+12025550143":    "12025550143",
		"+55 61 998887-7": "55619988877", // too short for the rule
	} {
		b := start(t)
		a := b.send(otp(to, "1"))
		require.Equal(t, 200, a.status, "%s: %s", to, a.raw)
		require.Equal(t, want, a.body["contacts"].([]any)[0].(map[string]any)["wa_id"], to)
		b.settled()
		require.Equal(t, want, b.hook.statuses(t)[0]["recipient_id"], to)
	}
	b := start(t)
	b.handset(phone, client.Handset{WaID: "12025550199"})
	require.Equal(t, "12025550199", b.send(otp(phone, "1")).body["contacts"].([]any)[0].(map[string]any)["wa_id"])
	b.handset("+5215512345678", client.Handset{State: client.NotOnWhatsApp})
	id := b.accepted("+525512345678", "1")
	b.settled()
	require.Equal(t, []string{"failed"}, names(b.message(id)), "one phone, two spellings")
}

func TestSMSToAPhoneThatIsOffWaits(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.handset(phone, client.Handset{State: client.SwitchedOff})
	a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm())
	id := a.body["sid"].(string)
	b.advance(time.Minute)
	require.Equal(t, []string{"sent"}, names(b.message(id)))
	b.handset(phone, client.Handset{State: client.OnWhatsApp})
	b.advance(time.Minute)
	require.Equal(t, []string{"sent", "delivered"}, names(b.message(id)))
}

func TestWrongHandsetsAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	for want, h := range map[string]client.Handset{
		"is not one of":        {State: "lost"},
		"must not be negative": {OffFor: -1},
		"digits only":          {WaID: "+12"},
	} {
		require.ErrorContains(t, b.Client().SetHandset(b.ctx, phone, h), want)
	}
	require.ErrorContains(t, b.Client().SetHandset(b.ctx, "home", client.Handset{}), "not a phone number")
}
