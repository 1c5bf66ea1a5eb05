package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

const (
	account = "AC00000000000000000000000000000000"
	token   = "invented-auth-token"
)

var _ courier.Sender = (*Twilio)(nil)

func config(t *testing.T, baseURL string) TwilioConfig {
	t.Helper()
	return TwilioConfig{
		BaseURL: baseURL, AccountSID: account, AuthToken: token, From: "+15550100123",
	}
}

func twilio(t *testing.T, cfg TwilioConfig) *Twilio {
	t.Helper()
	made, err := NewTwilio(cfg, setup(t))
	require.NoError(t, err)
	return made
}

// requireFailure checks the class, and that no text of the error tells a secret.
func requireFailure(t *testing.T, err error, class courier.Class) courier.DeliveryError {
	t.Helper()
	var failure *courier.DeliveryError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, class, failure.Class, failure.Reason)
	require.NotEmpty(t, failure.Reason)
	texts := failure.Reason + failure.Code
	for e := err; e != nil; e = errors.Unwrap(e) {
		texts += e.Error() + fmt.Sprintf("%+v", e)
	}
	for _, secret := range []string{token, account, "481920", "2025550143", "Authorization"} {
		require.NotContains(t, texts, secret)
	}
	return *failure
}

func TestTwilioGetsExactlyItsForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*TwilioConfig)
		want   url.Values
	}{
		"from": {func(*TwilioConfig) {}, url.Values{
			"To": {"+12025550143"}, "From": {"+15550100123"}, "Body": {"481920 is your code & more"},
			"ValidityPeriod": {"300"},
		}},
		"callbacks": {func(c *TwilioConfig) { c.CallbackURL = "https://otp.example.com/webhooks/sms/twilio" }, url.Values{
			"To": {"+12025550143"}, "From": {"+15550100123"}, "Body": {"481920 is your code & more"},
			"ValidityPeriod": {"300"}, "StatusCallback": {"https://otp.example.com/webhooks/sms/twilio?ref=0190.2"},
		}},
		"callbacks at a URL with a query": {func(c *TwilioConfig) { c.CallbackURL = "https://otp.example.com/t?a=b%20c" }, url.Values{
			"To": {"+12025550143"}, "From": {"+15550100123"}, "Body": {"481920 is your code & more"},
			"ValidityPeriod": {"300"}, "StatusCallback": {"https://otp.example.com/t?a=b%20c&ref=0190.2"},
		}},
		"messaging service": {func(c *TwilioConfig) { c.From = "MG00000000000000000000000000000000" }, url.Values{
			"To": {"+12025550143"}, "MessagingServiceSid": {"MG00000000000000000000000000000000"}, "Body": {"481920 is your code & more"},
			"ValidityPeriod": {"300"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.URL.String() != "/2010-04-01/Accounts/"+account+"/Messages.json" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				if user, password, _ := r.BasicAuth(); user != account || password != token {
					t.Errorf("authorized as %s", user)
				}
				if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
					t.Errorf("Content-Type: %s", got)
				}
				if err := r.ParseForm(); err != nil || r.PostForm.Encode() != tc.want.Encode() {
					t.Errorf("got %s, want %s", r.PostForm.Encode(), tc.want.Encode())
				}
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"sid":"SM00000000000000000000000000000001","status":"queued","error_code":null,"to":"+12025550143"}`)
			}))
			defer server.Close()
			cfg := config(t, server.URL+"/")
			tc.change(&cfg)
			sender := twilio(t, cfg)
			accepted, err := sender.Send(t.Context(), outgoing(t, "481920", 5*time.Minute))
			require.NoError(t, err)
			require.Equal(t, courier.Taken{
				ProviderID: "SM00000000000000000000000000000001", Receipts: cfg.CallbackURL != "",
			}, accepted)
			require.Equal(t, "twilio", sender.Provider())
		})
	}
}

func TestTwilioKeepsNoMessageLongerThanTheCodeLives(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]int{
		-time.Second: 1, 0: 1, time.Millisecond: 1, 12 * time.Second: 12, 12*time.Second + 999*time.Millisecond: 12,
		10 * time.Hour: 36_000, 24 * time.Hour: 36_000,
	} {
		require.Equal(t, want, validity(life), life)
	}
}

func send(t *testing.T, status int, body string, header ...string) error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	_, err := twilio(t, config(t, server.URL)).Send(t.Context(), outgoing(t, "481920", time.Minute))
	return err
}

// documented is what each code asks for, written down from Twilio's dictionary
// and not from the table.
const documented = `
20003 config | 20404 config | 10001 config | 30002 config | 20429 throttled | 14107 throttled | 63017 throttled
21611 throttled | 30001 throttled | 30022 throttled | 63038 config | 21211 recipient | 21217 recipient
21214 recipient | 21614 recipient | 21635 recipient | 30006 recipient | 21265 recipient | 21266 recipient
21408 recipient | 21610 recipient | 21612 recipient | 30003 recipient | 30005 recipient | 30004 recipient
30008 recipient | 30036 throttled | 21606 config | 21659 config | 21660 config | 21701 config | 21705 config | 21608 config
21605 config | 21617 config | 21658 config | 30007 config | 30034 config
30450 recipient | 30453 recipient | 30454 recipient | 30410 transient | 30500 transient | 30017 transient
30023 throttled | 30027 throttled | 30032 config | 30033 config | 30035 config | 30018 config | 30024 config
30040 config | 30037 config | 30038 config | 30010 config`

func TestEveryTwilioCode(t *testing.T) {
	t.Parallel()
	codes := map[int]string{}
	for _, m := range regexp.MustCompile(`(\d+) ([a-z]+)`).FindAllStringSubmatch(documented, -1) {
		code, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		codes[code] = m[2]
		for _, status := range []int{400, 401, 429, 500} {
			body := fmt.Sprintf(`{"code":%d,"message":"The number +12025550143 of %s: 481920","more_info":"x","status":%d}`, code, account, status)
			failure := requireFailure(t, send(t, status, body), courier.Class(m[2]))
			require.Equal(t, m[1], failure.Code)
		}
	}
	seen := map[int]bool{}
	for _, row := range twilioTable() {
		require.NotEmpty(t, row.source, row.codes)
		for _, code := range row.codes {
			require.Contains(t, codes, code, "add it to the documented list")
			require.False(t, seen[code], "%d is there twice", code)
			seen[code] = true
		}
	}
	require.Len(t, seen, len(codes))
}

func TestTwilioAnswersWithoutKnownCode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		class  courier.Class
		code   string
	}{
		"unknown code":       {400, `{"code":29999}`, courier.ClassConfig, "29999"},
		"unknown code, 500":  {500, `{"code":29999}`, courier.ClassTransient, "29999"},
		"html":               {503, `<html>+12025550143</html>`, courier.ClassTransient, ""},
		"too many requests":  {429, ``, courier.ClassThrottled, ""},
		"gateway timeout":    {504, ``, courier.ClassUnknown, ""},
		"no credentials":     {401, `{}`, courier.ClassConfig, ""},
		"redirect":           {307, ``, courier.ClassConfig, ""},
		"created without id": {201, `{}`, courier.ClassUnknown, ""},
		"created and cut":    {201, `{"sid":"SM000`, courier.ClassUnknown, ""},
		"sid of other type":  {201, `{"sid":[7]}`, courier.ClassUnknown, ""},
		"code as text":       {400, `{"code":"21610"}`, courier.ClassRecipient, "21610"},
		"code is a word":     {400, `{"code":"x"}`, courier.ClassConfig, ""},
		"odd sid":            {400, `{"sid":"","code":21610}`, courier.ClassRecipient, "21610"},
		"odd code":           {400, `{"code":"","sid":{}}`, courier.ClassConfig, ""},
		"a gateway's answer": {524, `<html>`, courier.ClassUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.code, requireFailure(t, send(t, tc.status, tc.body), tc.class).Code)
		})
	}
	failure := requireFailure(t, send(t, 429, `{"code":20429}`, "Retry-After", "3"), courier.ClassThrottled)
	require.Equal(t, 3*time.Second, failure.RetryAfter)
}

func TestNewTwilioReportsAllFaultsByPath(t *testing.T) {
	t.Parallel()
	_, err := NewTwilio(TwilioConfig{BaseURL: "https://x/?a=b", AccountSID: "AC1/../..", From: "MG1/", CallbackURL: "https://a.example/x#rc=2"}, Setup{Section: "sms"})
	for _, path := range []string{
		"sms.twilio.base_url:", "sms.twilio.account_sid:", "sms.twilio.auth_token:", "sms.twilio.from:", "sms.twilio.callback_url:", "sms.texts:",
	} {
		require.ErrorContains(t, err, path)
	}
}

// MGBank is a name, no messaging service.
func TestTwilioSenders(t *testing.T) {
	t.Parallel()
	for from, field := range map[string]string{
		"+12025550100": "From", "12345": "From", "MGBank": "From", "Acme Inc": "From", "MG2000": "From", "24-7 Shop": "From",
		"MG0123456789abcdef0123456789ABCDEF": "MessagingServiceSid",
	} {
		c := config(t, "https://api.twilio.com")
		c.From = from
		sender, err := NewTwilio(c, setup(t))
		require.NoError(t, err, from)
		require.Equal(t, [2]string{field, from}, sender.sender)
	}
	for _, from := range []string{"", "12025550100", "+1", "MG0123456789abcdef0123456789abcde", "TwelveLetter", "whatsapp:+12025550100", "Acmé", "12", "+1 202 555 0100", "-- --"} {
		c := config(t, "https://api.twilio.com")
		c.From = from
		_, err := NewTwilio(c, setup(t))
		require.ErrorContains(t, err, "sms.twilio.from: must be a number", from)
	}
}

func TestNothingPrintsTheToken(t *testing.T) {
	t.Parallel()
	cfg := config(t, "https://api.twilio.com")
	asJSON, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.NotContains(t, string(asJSON), token)
	made := twilio(t, cfg)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
		for _, value := range []any{cfg, &cfg, made, *made, []TwilioConfig{cfg}, struct{ C TwilioConfig }{cfg}} {
			require.NotContains(t, fmt.Sprintf(verb, value), token)
			require.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%x", token))
		}
	}
}

func FuzzParseTwilio(f *testing.F) {
	f.Add([]byte(`{"sid":"SM1"}`))
	f.Add([]byte(`{"code":21610,"message":"m"}`))
	f.Add([]byte(`{"code":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		failure := parseTwilio(raw).failure(exchange.Answer{Status: http.StatusBadRequest})
		if failure.Class == "" || failure.Reason == "" {
			t.Fatalf("%q gives %+v", raw, failure)
		}
	})
}
