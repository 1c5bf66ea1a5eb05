package doctor

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

func wellSMS() SMS {
	return SMS{
		Section: "sms", Provider: "twilio", Route: "/webhooks/sms/twilio",
		Callback: "https://otp.example.com/webhooks/sms/twilio", CallbackSetting: "sms.twilio.callback_url",
		Examine: func(context.Context) SMSAccount {
			return SMSAccount{Described: "the account", Date: today().Format(http.TimeFormat)}
		},
	}
}

func TestEachFaultOfAnSMSRoute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(*SMS)
		want  []string
	}{
		"all is well": {func(*SMS) {}, nil},
		"the account": {func(s *SMS) {
			s.Examine = func(context.Context) SMSAccount {
				return SMSAccount{Findings: []Finding{{Error, "sms.twilio.auth_token", "refused", "take another"}}}
			}
		}, []string{"error sms.twilio.auth_token"}},
		"the clock": {func(s *SMS) {
			s.Examine = func(context.Context) SMSAccount {
				return SMSAccount{Date: today().Add(time.Minute).Format(http.TimeFormat)}
			}
		}, []string{"warning clock"}},
		"no receipts":     {func(s *SMS) { s.Callback = "" }, []string{"warning sms.twilio.callback_url"}},
		"another route":   {func(s *SMS) { s.Callback = "https://otp.example.com/webhooks/sms/other" }, []string{"error sms.twilio.callback_url"}},
		"behind a prefix": {func(s *SMS) { s.Callback = "https://otp.example.com/courier/webhooks/sms/twilio" }, nil},
		"cannot report":   {func(s *SMS) { s.Callback, s.CallbackSetting = "", "" }, nil},
		"cannot be asked": {func(s *SMS) { s.Examine = nil }, nil},
		"console":         {func(s *SMS) { s.Provider, s.Examine, s.CallbackSetting = "console", nil, "" }, []string{"warning sms.provider"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wellSMS()
			c.plant(&s)
			var r Report
			s.examine(t.Context(), &r, PublicAddress{clock: true}, today)
			require.Equal(t, c.want, told(r.Findings))
		})
	}
}

// With Meta asked, one wrong clock is told once.
func TestTheClockIsComparedOnce(t *testing.T) {
	t.Parallel()
	s := wellSMS()
	s.Examine = func(context.Context) SMSAccount {
		return SMSAccount{Date: today().Add(time.Hour).Format(http.TimeFormat)}
	}
	var r Report
	s.examine(t.Context(), &r, PublicAddress{}, today)
	require.Empty(t, r.Findings)
}

func TestReceiptsWithoutCredentialsMustBeRefused(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][]string{
		http.StatusUnauthorized: nil,
		http.StatusNoContent:    {"error sms.twilio.callback_url"},
		http.StatusNotFound:     {"error sms.twilio.callback_url"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.Header.Get("X-Twilio-Signature") != "" {
				t.Errorf("%s with a signature", r.Method)
			}
			w.WriteHeader(status)
		}))
		t.Cleanup(server.Close)
		s := wellSMS()
		s.Callback = server.URL + s.Route
		var r Report
		s.examine(t.Context(), &r, PublicAddress{URL: server.URL + "/", Client: exchange.New(exchange.Options{})}, today)
		require.Equal(t, want, told(r.Findings), status)

		r = Report{}
		s.examine(t.Context(), &r, PublicAddress{URL: "https://other.example.com", Where: "serve.public.url", Client: exchange.New(exchange.Options{})}, today)
		require.Equal(t, []string{"error sms.twilio.callback_url"}, told(r.Findings))
		require.Equal(t, "it is not at serve.public.url", r.Findings[0].What)
	}
	s := wellSMS()
	s.Callback = "http://127.0.0.1:1" + s.Route
	var r Report
	s.examine(t.Context(), &r, PublicAddress{URL: "http://127.0.0.1:1", Client: exchange.New(exchange.Options{})}, today)
	require.Equal(t, []string{"unknown sms.twilio.callback_url"}, told(r.Findings))
}
