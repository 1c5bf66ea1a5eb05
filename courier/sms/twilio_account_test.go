package sms

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

var _ Examiner = (*Twilio)(nil)

func TestTwiliosAccountIsReadAndNothingSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   []Ailment
		says   string
	}{
		"active":         {200, `{"friendly_name":"Example","status":"active","type":"Full"}`, nil, `the account "Example", active, Full`},
		"trial":          {200, `{"friendly_name":"Example","status":"active","type":"Trial"}`, []Ailment{{Severity: Limited, Where: "sms.twilio.account_sid"}}, "trial account"},
		"suspended":      {200, `{"friendly_name":"Example","status":"suspended","type":"Full"}`, []Ailment{{Severity: Wrong, Where: "sms.twilio.account_sid"}}, "suspended"},
		"wrong token":    {401, `{"code":20003,"message":"Authenticate ` + token + `"}`, []Ailment{{Severity: Wrong, Where: "sms.twilio.auth_token"}}, "does not take"},
		"no account":     {404, `{"code":20404}`, []Ailment{{Severity: Wrong, Where: "sms.twilio.account_sid"}}, "does not find"},
		"busy":           {503, `<html>`, []Ailment{{Severity: Unknown, Where: "sms.twilio.base_url"}}, "HTTP 503"},
		"something else": {200, `<html>`, []Ailment{{Severity: Unknown, Where: "sms.twilio.base_url"}}, "HTTP 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if r.Method != http.MethodGet || r.URL.Path != "/2010-04-01/Accounts/"+account+".json" || user != account || password != token {
					t.Errorf("%s %s by %s", r.Method, r.URL, user)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			said := twilio(t, config(t, server.URL)).Examine(t.Context())
			texts := said.Described
			require.NotEmpty(t, said.Date)
			for i, a := range said.Ailments {
				texts += a.What
				require.NotEmpty(t, a.Do)
				said.Ailments[i].What, said.Ailments[i].Do = "", ""
			}
			require.Equal(t, c.want, said.Ailments)
			require.Contains(t, texts, c.says)
			require.NotContains(t, texts, token)
		})
	}
}

func TestTwilioThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	said := twilio(t, config(t, "http://127.0.0.1:1")).Examine(t.Context())
	require.Len(t, said.Ailments, 1)
	require.Equal(t, Unknown, said.Ailments[0].Severity)
	require.NotContains(t, said.Ailments[0].What, token)
}
