package mockmeta_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// smsHook is a StatusCallback that keeps what it got.
type smsHook struct {
	url string

	mu    sync.Mutex
	forms []url.Values
	signs []string
}

func newSMSHook(t *testing.T) *smsHook {
	h := &smsHook{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		h.mu.Lock()
		defer h.mu.Unlock()
		h.forms, h.signs = append(h.forms, form), append(h.signs, r.Header.Get("X-Twilio-Signature"))
	}))
	t.Cleanup(srv.Close)
	h.url = srv.URL + "/webhooks/sms/twilio?x=1"
	return h
}

// twilioSign is Twilio's signature, as its security page describes it.
func twilioSign(token, url string, form url.Values) string {
	names := []string{}
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	text := url
	for _, name := range names {
		text += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestSMSStatusesAreCalledBackSigned(t *testing.T) {
	t.Parallel()
	b := start(t)
	for to, want := range map[string][]string{
		phone:          {"sent", "delivered"},
		"+15009300030": {"sent", "undelivered"},
	} {
		hook := newSMSHook(t)
		a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("To", to, "StatusCallback", hook.url))
		require.Equal(t, 201, a.status, "%s", a.raw)
		sid := a.body["sid"].(string)
		b.settled()
		hook.mu.Lock()
		got := []string{}
		for i, form := range hook.forms {
			got = append(got, form.Get("MessageStatus"))
			require.Equal(t, sid, form.Get("MessageSid"))
			require.Equal(t, twilioSign(mockmeta.DefaultTwilioAuthToken, hook.url, form), hook.signs[i])
		}
		if want[1] == "undelivered" {
			require.Equal(t, "30003", hook.forms[1].Get("ErrorCode"))
		}
		hook.mu.Unlock()
		require.Equal(t, want, got)
		require.NoError(t, b.Client().WaitForStatus(b.ctx, sid, want[1]))

		get, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.URL+"/2010-04-01/Accounts/"+mockmeta.DefaultTwilioAccountSID+"/Messages/"+sid+".json", nil)
		require.NoError(t, err)
		get.SetBasicAuth(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken)
		require.Equal(t, want[1], b.do(get).body["status"])
	}
}

func TestQueuedFaultsOfSMS(t *testing.T) {
	t.Parallel()
	b := start(t)
	send := func() answer {
		return b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm())
	}
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SMSError, Number: phone, Code: 20429}))
	require.Equal(t, 429, send().status)
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SMSSilent}))
	id := send().body["sid"].(string)
	b.settled()
	require.Empty(t, b.message(id).Statuses)
	require.Equal(t, 201, send().status)
}

func TestMoreRefusedSMS(t *testing.T) {
	t.Parallel()
	b := start(t)
	for code, form := range map[int]url.Values{
		21212: smsForm("From", "!!"),
		21266: smsForm("From", phone),
		21701: smsForm("MessagingServiceSid", "MG1"),
		21609: smsForm("StatusCallback", "nowhere"),
		90014: smsForm("ValidityPeriod", "0"),
		90007: smsForm("ValidityPeriod", "99999"),
	} {
		a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, form)
		require.Equal(t, 400, a.status)
		require.EqualValues(t, code, a.body["code"])
	}
	for _, wrong := range []string{"", "-1", "1.5", "soon"} {
		require.EqualValues(t, 90014, b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("ValidityPeriod", wrong)).body["code"], wrong)
	}
	for _, right := range []string{"1", "300", "36000"} {
		require.Equal(t, 201, b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("ValidityPeriod", right)).status, right)
	}
}

func TestTheSinkTakesWhateverProvidersSend(t *testing.T) {
	t.Parallel()
	b := start(t)
	post := func(contentType, body string) answer {
		req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.URL+"/sms", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", contentType)
		return b.do(req)
	}
	for i, c := range []struct{ kind, body string }{
		{"application/json", `{"to":"+12025550143","from":"Login","text":"481920 is your code"}`},
		{"application/json", `{"messages":[{"destinations":[{"to":"12025550143"}],"from":"Login","text":"481920 is your code"}]}`},
		{"application/json", `{"Phone_Number":12025550143,"Message-Body":"481920 is your code"}`},
		{"application/json", `{"recipients":["12025550143"],"body":"481920 is your code"}`},
		{"application/x-www-form-urlencoded", "msisdn=12025550143&message=481920+is+your+code"},
	} {
		a := post(c.kind, c.body)
		require.Equal(t, 200, a.status, "%s: %s", c.body, a.raw)
		seen, err := b.Client().Messages(b.ctx, client.Filter{To: phone, Channel: client.SMS})
		require.NoError(t, err)
		require.Len(t, seen, i+1)
		require.Equal(t, "481920", seen[i].Code)
		require.Equal(t, a.body["id"], seen[i].ID)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		require.Equal(t, 400, post(kind, `{"to":"+12025550143","text":"481920"}`).status, "JSON as %q", kind)
	}
	for _, wrong := range []string{``, `[]`, `{"to":"home","text":"x"}`, `{"to":"+12025550143"}`} {
		require.Equal(t, 400, post("application/json", wrong).status, wrong)
	}
}
