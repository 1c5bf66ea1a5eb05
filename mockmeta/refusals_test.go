package mockmeta_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// said waits for a line with those words.
func (l *terminal) said(t *testing.T, words ...string) {
	t.Helper()
	eventually(t, func() error {
		if len(l.lines(words...)) == 0 {
			l.mu.Lock()
			defer l.mu.Unlock()
			return io.ErrNoProgress
		}
		return nil
	})
}

func TestARefusedRequestIsOneLineOnTheTerminal(t *testing.T) {
	t.Parallel()
	var terminal terminal
	b := start(t, terminal.takes)
	b.accepted(phone, "481920")
	b.settled()
	require.Empty(t, terminal.lines(""), "nothing to say about what went well")

	b.send(set(otp(phone, "481920"), "template.name", "other"))
	b.send(otp("+15006131026", "481920"))
	b.sms("AC", "wrong", smsForm())
	b.sendAs("text/plain", "", mustJSON(t, otp(phone, "481920")))
	b.sendAs("application/x-www-form-urlencoded", otpForm(t).Encode(), "%7B%22to%22:%22"+phone+"%22,%22code%22:%22481920%22%7D")
	for _, words := range [][]string{
		{"status=404", "code=132001", "template name (other) does not exist in en_US"},
		{"status=400", "code=131026"},
		{"status=401", "code=20003", "Authenticate"},
		{"status=400", "code=100", "Content-Type"},
		{"status=400", "code=100", "(not a name)"},
	} {
		require.Len(t, terminal.lines(words...), 1, "%v in %s", words, terminal.lines(""))
	}
	require.Len(t, terminal.lines(""), 5)
	for _, secret := range []string{"481920", "2025550143", mockmeta.DefaultAccessToken} {
		require.Empty(t, terminal.lines(secret))
	}
}

func TestACallbackThatRefusesIsOneLineOnTheTerminal(t *testing.T) {
	t.Parallel()
	var terminal terminal
	b := start(t, terminal.takes)
	b.hook.setAnswer(func(int) int { return 401 })
	for range 3 {
		b.accepted(phone, "1")
	}
	b.settled()
	require.Len(t, terminal.lines("did not take", "answer=401", "app secret", b.hook.url), 1, "%s", terminal.lines(""))

	gone := smsForm("StatusCallback", "http://127.0.0.1:1/sms?token=secret")
	require.Equal(t, 201, b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, gone).status)
	b.settled()
	terminal.said(t, "did not take", "answer=0", "http://127.0.0.1:1/sms", "is it running")
	require.Empty(t, terminal.lines("token=secret"))
}

func TestWhatWasSpoiledOnPurposeIsNotSaid(t *testing.T) {
	t.Parallel()
	var terminal terminal
	b := start(t, terminal.takes)
	b.hook.setAnswer(func(n int) int { return map[bool]int{true: 401, false: 200}[n == 0] })
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.BadSignature}))
	b.accepted(phone, "1")
	b.settled()
	require.Empty(t, terminal.lines("did not take"))
}

func TestWebhooksWithoutACallbackAreSaidOnce(t *testing.T) {
	t.Parallel()
	var terminal terminal
	b := start(t, terminal.takes)
	require.Equal(t, 200, b.graph(http.MethodDelete, accountPath+"/subscribed_apps", nil).status)
	b.accepted(phone, "1")
	b.settled()
	require.Len(t, terminal.lines("no webhooks are sent"), 1)
}

func TestAHandshakeThatFailsIsSaidOnce(t *testing.T) {
	t.Parallel()
	var terminal terminal
	hook := newReceiver(t)
	start(t, terminal.takes, func(o *mockmeta.Options) { o.WebhookURL, o.VerifyToken = hook.url, "another" })
	terminal.said(t, "handshake failed", "answered the handshake with 403", "check the verify token")
	eventually(t, func() error { // until it was tried again
		if hook.handshakes() < 3 {
			return io.ErrNoProgress
		}
		return nil
	})
	require.Len(t, terminal.lines("handshake failed"), 1)
	require.Empty(t, terminal.lines("another"), "the token is not printed")
}

func TestTheJournalPutsWhatWasRefusedFirst(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.accepted(phone, "1")
	b.send(set(otp(phone, "1"), "template.name", "other"))
	b.graph(http.MethodPost, "/v20.0/"+mockmeta.PhoneNumberID+"/messages", otp(phone, "1"))
	b.graph(http.MethodPost, "/v19.0/"+mockmeta.PhoneNumberID+"/messages", otp("home", "1"))
	b.settled()
	b.hook.setAnswer(func(int) int { return 401 })
	b.accepted(phone2, "1")
	require.NoError(t, b.Client().Advance(b.ctx, time.Second))
	page := b.page("/journal")
	require.Less(t, strings.Index(page, "Refused requests"), strings.Index(page, "<h2>Messages"))
	require.Contains(t, page, "404 code 132001")
	require.Contains(t, page, "template name (other) does not exist in en_US")
	require.Contains(t, page, "v20.0 has ended")
	require.Contains(t, page, "400 code 131009", "a refusal is one, also of an ended version")
	require.Contains(t, page, "Your callback answered 401 to &#34;read&#34;")
	require.Contains(t, b.page("/"), "Your callback answered 401 to &#34;read&#34;", "and on the phone")
	require.Equal(t, 2, strings.Count(b.page("/"), "✓✓"), "the other phone has its ticks")
}

// page is what the browser gets.
func (b *bench) page(path string) string {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.ControlURL+path, nil)
	require.NoError(b.t, err)
	return string(b.do(req).raw)
}
