package mockmeta_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestWebhooksAreTriedForSevenDaysWithBackOff(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.DeliveredAfter = 30 * 24 * time.Hour })
	b.hook.setAnswer(func(int) int { return http.StatusServiceUnavailable })
	id := b.accepted(phone, "1")
	b.advance(8 * 24 * time.Hour)
	n := len(b.hook.all())
	require.Greater(t, n, 100)
	require.Less(t, n, 200, "the pauses grow to an hour")
	b.advance(8 * 24 * time.Hour)
	require.Len(t, b.hook.all(), n, "after seven days it is given up")
	require.Len(t, b.message(id).Webhooks, 50, "the journal is bounded")
	require.Equal(t, 503, b.message(id).Statuses[0].Webhook)
}

func TestTokensExpireByTheMocksClock(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().ExpireToken(b.ctx, 24*time.Hour))
	require.Equal(t, 200, b.send(otp(phone, "1")).status)
	b.advance(25 * time.Hour)
	a := b.send(otp(phone, "1"))
	require.Equal(t, []int{401, 190}, []int{a.status, a.code()})
	require.EqualValues(t, 463, a.body["error"].(map[string]any)["error_subcode"])
	require.NoError(t, b.Client().ExpireToken(b.ctx, 0))
	require.Equal(t, 200, b.send(otp(phone, "1")).status)
}

func TestThePairLimit(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Throughput = -1 })
	for range 45 {
		require.Equal(t, 200, b.send(otp(phone, "1")).status)
	}
	require.Equal(t, 131056, b.send(otp(phone, "1")).code())
	require.Equal(t, 200, b.send(otp(phone2, "1")).status, "another recipient is not affected")
	b.advance(6 * time.Second)
	require.Equal(t, 200, b.send(otp(phone, "1")).status)
	require.Equal(t, 131056, b.send(otp(phone, "1")).code())
}

func TestTheThroughput(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := start(t, func(o *mockmeta.Options) {
		o.Now, o.Throughput, o.PairEvery = func() time.Time { return at }, 5, -1
	})
	for range 5 {
		require.Equal(t, 200, b.send(otp(phone, "1")).status)
	}
	a := b.send(otp(phone, "1"))
	require.Equal(t, []int{400, 130429}, []int{a.status, a.code()})
	b.advance(200 * time.Millisecond)
	require.Equal(t, 200, b.send(otp(phone, "1")).status)
	require.Equal(t, 130429, b.send(otp(phone, "1")).code())
}

func TestTheClockOnlyGoesForward(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.ErrorContains(t, b.Client().Advance(b.ctx, -time.Second), "forward only")
}

func TestVersions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := start(t, func(o *mockmeta.Options) { o.Now = func() time.Time { return at } })
	send := func(version string) answer {
		return b.graph(http.MethodPost, "/"+version+"/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1"))
	}
	for _, v := range []string{"v21.0", "v23.0", "v24.0", "v25.0", "v26.0"} {
		a := send(v)
		require.Equal(t, 200, a.status, "%s: %s", v, a.raw)
		require.Equal(t, v, a.header.Get("Facebook-Api-Version"))
		require.Empty(t, a.header.Get("X-Mockmeta-Warning"))
	}
	for _, v := range []string{"v27.0", "v99.0", "v25.1"} {
		a := send(v)
		require.Equal(t, []int{400, 2500}, []int{a.status, a.code()}, v)
		require.Contains(t, string(a.raw), "v26.0", "the newest is named")
	}
	a := b.graph(http.MethodPost, "/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1"))
	require.Equal(t, "v21.0", a.header.Get("Facebook-Api-Version"), "without a version: the oldest that is live")
	b.advance(90 * 24 * time.Hour)
	require.Equal(t, "v22.0", send("v21.0").header.Get("Facebook-Api-Version"), "v21.0 ends on 21 January 2027")
}

func TestEndedVersionsAreAnsweredAsTheOldestLiveOneWithAWarning(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var terminal terminal
	b := start(t, terminal.takes, func(o *mockmeta.Options) { o.Now = func() time.Time { return at } })
	for _, v := range []string{"v20.0", "v14.0", "v2.0", "v20.0"} {
		a := b.graph(http.MethodPost, "/"+v+"/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1"))
		require.Equal(t, 200, a.status, "%s: %s", v, a.raw)
		require.Equal(t, "v21.0", a.header.Get("Facebook-Api-Version"))
		require.Contains(t, a.header.Get("X-Mockmeta-Warning"), v+" has ended")
	}
	calls, err := b.Client().Calls(b.ctx)
	require.NoError(t, err)
	require.Contains(t, calls[0].Warning, "v20.0 has ended", "in the journal, too")
	require.Equal(t, 131009, b.graph(http.MethodPost, "/v14.0/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1234567890123456")).code(), "as v21.0 says it")
	require.Len(t, terminal.lines("v20.0 has ended"), 1, "and once in the log")

	strict := start(t, func(o *mockmeta.Options) { o.RefuseExpiredVersions = true })
	for _, v := range []string{"v14.0", "v20.0"} {
		a := strict.graph(http.MethodPost, "/"+v+"/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1"))
		require.Equal(t, []int{400, 2635}, []int{a.status, a.code()}, v)
	}
}

func TestLongCodesHaveAnotherErrorInOldVersions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) // v22.0 is live
	b := start(t, func(o *mockmeta.Options) { o.Now = func() time.Time { return at } })
	path := "/" + mockmeta.PhoneNumberID + "/messages"
	require.Equal(t, 132018, b.graph(http.MethodPost, "/v23.0"+path, otp(phone, "1234567890123456")).code())
	require.Equal(t, 131009, b.graph(http.MethodPost, "/v22.0"+path, otp(phone, "1234567890123456")).code())
}

func TestFreeTextOutsideTheWindowFails(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.send(map[string]any{"messaging_product": "whatsapp", "to": phone, "type": "text", "text": map[string]any{"body": "hello"}})
	require.Equal(t, 200, a.status, "%s", a.raw)
	b.settled()
	m := b.message(a.wamid())
	require.Equal(t, []string{"failed"}, names(m))
	require.Equal(t, 131047, m.Statuses[0].Code)
	require.Equal(t, client.WhatsApp, m.Channel)
}
