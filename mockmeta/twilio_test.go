package mockmeta_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func smsForm(change ...string) url.Values {
	form := url.Values{"To": {phone}, "From": {"+12025550100"}, "Body": {"Your code is 481920."}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestAnSMSArrives(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm())
	require.Equal(t, 201, a.status, "%s", a.raw)
	require.Regexp(t, `^SM[0-9a-f]{32}$`, a.body["sid"])
	require.Equal(t, "queued", a.body["status"])
	seen, err := b.Client().WaitForMessages(b.ctx, client.Filter{To: phone, Channel: client.SMS}, 1)
	require.NoError(t, err)
	require.Equal(t, "481920", seen[0].Code)
	require.Equal(t, "Your code is 481920.", seen[0].Text)
	require.Equal(t, a.body["sid"], seen[0].ID)
}

func TestRefusedSMS(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, c := range map[string]struct {
		form         url.Values
		status, code int
	}{
		"no To":          {smsForm("To", ""), 400, 21604},
		"To is a word":   {smsForm("To", "home"), 400, 21211},
		"To has no plus": {smsForm("To", "12025550143"), 400, 21211},
		"no From":        {smsForm("From", ""), 400, 21603},
		"no Body":        {smsForm("Body", ""), 400, 21602},
		"a long Body":    {smsForm("Body", strings.Repeat("x", 1601)), 400, 21617},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, c.form)
			require.Equal(t, c.status, a.status, "%s", a.raw)
			require.EqualValues(t, c.code, a.body["code"])
		})
	}
	a := b.sms(mockmeta.DefaultTwilioAccountSID, "wrong", smsForm())
	require.Equal(t, 401, a.status)
	require.EqualValues(t, 20003, a.body["code"])
}

func TestTwiliosAccount(t *testing.T) {
	t.Parallel()
	b := start(t)
	ask := func(sid, token, path string) answer {
		r, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.URL+"/2010-04-01/Accounts/"+path, nil)
		require.NoError(t, err)
		r.SetBasicAuth(sid, token)
		return b.do(r)
	}
	const sid, token = mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken
	a := ask(sid, token, sid+".json")
	require.Equal(t, 200, a.status, "%s", a.raw)
	require.Equal(t, []any{sid, "active", "Full"}, []any{a.body["sid"], a.body["status"], a.body["type"]})
	require.NotContains(t, string(a.raw), token)
	require.Equal(t, 401, ask(sid, "wrong", sid+".json").status)
	require.Equal(t, 404, ask(sid, token, "AC11111111111111111111111111111111.json").status)
}
