package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ory/herodot"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

const (
	callbackURL = "https://otp.example.com/webhooks/sms/twilio"
	delivery    = "01900000-0000-7000-8000-000000000001"
)

func noon() time.Time { return time.Date(2026, time.November, 12, 12, 0, 0, 0, time.UTC) }

// inbox is a Sink that remembers.
type inbox struct {
	reports []courier.Report
	calls   int
	err     error
}

func (i *inbox) take(ctx context.Context, reports []courier.Report) error {
	i.calls++
	if ctx.Err() != nil {
		return ctx.Err()
	}
	i.reports = append(i.reports, reports...)
	return i.err
}

// journal keeps what the log would say.
type journal struct{ text strings.Builder }

func (j *journal) ReportError(_ *http.Request, code int, err error, _ ...any) {
	_, _ = fmt.Fprintf(&j.text, "%d %v %+v\n", code, err, err)
}

func sign(token, signed string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, signed)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		_, _ = io.WriteString(mac, name+form.Get(name))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func callback(status, errorCode string) url.Values {
	form := url.Values{
		"MessageSid": {"SM00000000000000000000000000000001"}, "MessageStatus": {status},
		"AccountSid": {account}, "To": {"+12025550143"}, "From": {"+15550100123"}, "SmsStatus": {status},
	}
	if errorCode != "" {
		form.Set("ErrorCode", errorCode)
	}
	return form
}

func post(h http.Handler, target, body, signature string) *httptest.ResponseRecorder {
	// Behind a proxy, host and scheme are not those that were signed.
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:4481"+strings.TrimPrefix(target, "https://otp.example.com"), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if signature != "" {
		r.Header.Set("X-Twilio-Signature", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func twilioCallbacks(sink Sink, log herodot.ErrorReporter, tokens ...string) http.Handler {
	if log == nil {
		log = silence{}
	}
	sender := Twilio{callback: callbackURL, name: "twilio", path: "sms.twilio", tokens: func() []string { return tokens }}
	return sender.Receipts(ReceiptSetup{Answer: herodot.NewJSONWriter(log), Now: noon}, sink)
}

// twilioAt is a sender that asks for receipts at a URL.
func twilioAt(t *testing.T, callbackURL string) *Twilio {
	t.Helper()
	c := config(t, "https://api.twilio.com")
	c.CallbackURL = callbackURL
	return twilio(t, c)
}

// Old and new tokens sign while they are rotated; without a callback_url nothing
// does.
func TestTwilioReceiptsFollowTheSettings(t *testing.T) {
	t.Parallel()
	c := config(t, "https://api.twilio.com")
	require.Nil(t, twilio(t, c).Receipts(ReceiptSetup{}, (&inbox{}).take))
	c.CallbackURL, c.CallbackAuthTokens = callbackURL, []secret.Text{"the-old-token"}
	form := callback("delivered", "")
	for signer, want := range map[string]int{
		token: http.StatusNoContent, "the-old-token": http.StatusNoContent, "another": http.StatusUnauthorized,
	} {
		h := twilio(t, c).Receipts(ReceiptSetup{}, (&inbox{}).take)
		require.Equal(t, want, post(h, callbackURL, form.Encode(), sign(signer, callbackURL, form)).Code, signer)
	}
}

func requireRefusal(t *testing.T, w *httptest.ResponseRecorder, code int) {
	t.Helper()
	require.Equal(t, code, w.Code, w.Body)
	var envelope struct {
		Error struct {
			Code   int
			Reason string
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &envelope))
	require.Equal(t, code, envelope.Error.Code)
	require.NotEmpty(t, envelope.Error.Reason)
}

// TestTwiliosOwnSignature takes the worked example of Twilio's documentation
// ("Webhooks security") and the one of its Python library's tests.
func TestTwiliosOwnSignature(t *testing.T) {
	t.Parallel()
	for _, example := range []struct{ host, caller, signature string }{
		{"example.com", "+14158675310", "L/OH5YylLD5NRKLltdqwSvS0BnU="},
		{"mycompany.com", "+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
	} {
		form := url.Values{
			"CallSid": {"CA1234567890ABCDE"}, "Caller": {example.caller}, "Digits": {"1234"},
			"From": {example.caller}, "To": {"+18005551212"},
		}
		signature, err := base64.StdEncoding.DecodeString(example.signature)
		require.NoError(t, err)
		urls := func(query string) []string {
			return signedURLs(portSpellings("https://"+example.host+"/myapp.php?ignored=1"), query, "")
		}
		require.True(t, signedByTwilio(signature, []string{"12345"}, urls("foo=1&bar=2"), form))
		require.False(t, signedByTwilio(signature, []string{"12345"}, urls("foo=1&bar=3"), form))
		require.False(t, signedByTwilio(signature, []string{"54321"}, urls("foo=1&bar=2"), form))
		form.Set("Digits", "1235")
		require.False(t, signedByTwilio(signature, []string{"12345"}, urls("foo=1&bar=2"), form))
	}
}

// Whatever the configured URL looks like, what Twilio was given is what it signs,
// and a proxy in between may rewrite the query.
func TestCallbackURLsOfAnyForm(t *testing.T) {
	t.Parallel()
	for configured, given := range map[string]string{
		"https://otp.example.com/sms":               "https://otp.example.com/sms?ref=" + delivery + ".2",
		"https://otp.example.com/sms?":              "https://otp.example.com/sms?ref=" + delivery + ".2",
		"https://otp.example.com/sms?team=a%20b&x":  "https://otp.example.com/sms?team=a%20b&x&ref=" + delivery + ".2",
		"https://otp.example.com/sms?b=2&a=1&":      "https://otp.example.com/sms?b=2&a=1&ref=" + delivery + ".2",
		"https://otp.example.com:8443/sms?team=a+b": "https://otp.example.com:8443/sms?team=a+b&ref=" + delivery + ".2",
	} {
		require.Equal(t, given, withQuery(configured, "ref", delivery+".2"), configured)
		form := callback("delivered", "")
		for name, arrived := range map[string]string{
			"as it was given":     given,
			"without our own":     "https://otp.example.com/sms?ref=" + delivery + ".2",
			"in another spelling": "https://otp.example.com/sms?ref=" + delivery + ".2&team=a%20b",
		} {
			box := &inbox{}
			h := twilioAt(t, configured).Receipts(ReceiptSetup{Now: noon}, box.take)
			arrived = strings.Replace(arrived, ":8443", "", 1) // the proxy's port is not ours
			w := post(h, arrived, form.Encode(), sign(token, given, form))
			require.Equal(t, http.StatusNoContent, w.Code, "%s, %s: %s", configured, name, w.Body)
			require.Len(t, box.reports, 1)
			w = post(h, strings.Replace(arrived, ".2", ".3", 1), form.Encode(), sign(token, given, form))
			require.Equal(t, http.StatusUnauthorized, w.Code, "another message's")
		}
	}
	_, err := NewTwilio(TwilioConfig{CallbackURL: "https://otp.example.com/sms?ref=1"}, setup(t))
	require.ErrorContains(t, err, "sms.twilio.callback_url: must not have the parameter ref")
}

func TestCallbackWithoutAStatusIsCounted(t *testing.T) {
	t.Parallel()
	unreadable, box := 0, &inbox{}
	h := twilioAt(t, callbackURL).Receipts(ReceiptSetup{Now: noon, Unreadable: func() { unreadable++ }}, box.take)
	form := url.Values{"MessageSid": {"SM1"}}
	require.Equal(t, http.StatusNoContent, post(h, callbackURL, form.Encode(), sign(token, callbackURL, form)).Code)
	require.Equal(t, 1, unreadable)
	form = callback("queued", "")
	require.Equal(t, http.StatusNoContent, post(h, callbackURL, form.Encode(), sign(token, callbackURL, form)).Code)
	require.Equal(t, 1, unreadable, "it means nothing, and is read")
	require.Empty(t, box.reports)
}

func TestTwilioStatuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status, errorCode string
		want              courier.Report
	}{
		"queued":     {"queued", "", courier.Report{}},
		"accepted":   {"accepted", "", courier.Report{}},
		"scheduled":  {"scheduled", "", courier.Report{}},
		"sending":    {"sending", "", courier.Report{}},
		"a new one":  {"teleported", "", courier.Report{}},
		"none":       {"", "", courier.Report{}},
		"sent":       {"sent", "", courier.Report{State: courier.AttemptSent}},
		"delivered":  {"delivered", "", courier.Report{State: courier.AttemptDelivered}},
		"read":       {"read", "", courier.Report{State: courier.AttemptRead}},
		"off":        {"undelivered", "30003", courier.Report{State: courier.AttemptFailed, Class: courier.ClassRecipient, Code: "30003", Reason: "the phone is off or out of reach"}},
		"too late":   {"failed", "30036", courier.Report{State: courier.AttemptFailed, Class: courier.ClassThrottled, Code: "30036", Reason: "the message waited at Twilio for as long as the code lived: use a messaging service with more senders"}},
		"filtered":   {"failed", "30007", courier.Report{State: courier.AttemptFailed, Class: courier.ClassConfig, Code: "30007", Reason: "the message was filtered as spam: register the sender and check sms.texts"}},
		"unknown":    {"failed", "39999", courier.Report{State: courier.AttemptFailed, Class: courier.ClassRecipient, Code: "39999", Reason: "Twilio gave an error code that is not in our table: see twilio.com/docs/api/errors/39999"}},
		"no code":    {"failed", "", courier.Report{State: courier.AttemptFailed, Class: courier.ClassRecipient, Reason: "Twilio did not deliver the message and gave no error code"}},
		"odd code":   {"failed", "+12025550143x", courier.Report{State: courier.AttemptFailed, Class: courier.ClassRecipient, Reason: "Twilio did not deliver the message and gave no error code"}},
		"taken back": {"canceled", "", courier.Report{State: courier.AttemptFailed, Class: courier.ClassRecipient, Reason: "Twilio did not deliver the message and gave no error code"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{}
			form := callback(tc.status, tc.errorCode)
			target := callbackURL + "?ref=" + delivery + ".2"
			w := post(twilioCallbacks(box.take, nil, token), target, form.Encode(), sign(token, target, form))
			require.Equal(t, http.StatusNoContent, w.Code, w.Body)
			require.Empty(t, w.Body.String())
			if tc.want.State == "" {
				require.Zero(t, box.calls)
				return
			}
			id, _, _ := courier.ParseReference(delivery + ".2")
			tc.want.Delivery, tc.want.Attempt, tc.want.At = id, 2, noon()
			tc.want.Provider, tc.want.ProviderID = "twilio", "SM00000000000000000000000000000001"
			require.Equal(t, []courier.Report{tc.want}, box.reports)
		})
	}
}

func TestTwilioCallbackWithoutOurReference(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"none": "", "empty": "?ref=", "foreign": "?ref=abc.1", "no attempt": "?ref=" + delivery} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{}
			form := callback("delivered", "")
			require.Equal(t, http.StatusNoContent, post(twilioCallbacks(box.take, nil, token), callbackURL+query, form.Encode(), sign(token, callbackURL+query, form)).Code)
			require.Equal(t, []courier.Report{{
				Provider: "twilio", ProviderID: "SM00000000000000000000000000000001", State: courier.AttemptDelivered, At: noon(),
			}}, box.reports)

			form.Del("MessageSid")
			require.Equal(t, http.StatusNoContent, post(twilioCallbacks(box.take, nil, token), callbackURL+query, form.Encode(), sign(token, callbackURL+query, form)).Code)
			require.Equal(t, 1, box.calls, "a report about no message was handed on")
		})
	}
}

func TestTwilioSignatures(t *testing.T) {
	t.Parallel()
	form := callback("delivered", "")
	target := callbackURL + "?ref=" + delivery + ".1"
	repeated := callback("delivered", "")
	repeated["Tag"] = []string{"b", "a", "b"}
	for name, tc := range map[string]struct {
		tokens    []string
		signature string
		body      string
		want      int
	}{
		"good":                {[]string{token}, sign(token, target, form), form.Encode(), http.StatusNoContent},
		"second token":        {[]string{"the-new-one", token}, sign(token, target, form), form.Encode(), http.StatusNoContent},
		"first token":         {[]string{token, "the-old-one"}, sign(token, target, form), form.Encode(), http.StatusNoContent},
		"with the port":       {[]string{token}, sign(token, strings.Replace(target, ".com", ".com:443", 1), form), form.Encode(), http.StatusNoContent},
		"repeated field":      {[]string{token}, sign(token, target, url.Values{"Tag": {"aTagb"}, "MessageSid": form["MessageSid"], "MessageStatus": form["MessageStatus"], "AccountSid": form["AccountSid"], "To": form["To"], "From": form["From"], "SmsStatus": form["SmsStatus"]}), repeated.Encode(), http.StatusNoContent},
		"none":                {[]string{token}, "", form.Encode(), http.StatusUnauthorized},
		"no base64":           {[]string{token}, "%%%", form.Encode(), http.StatusUnauthorized},
		"too short":           {[]string{token}, "AAAA", form.Encode(), http.StatusUnauthorized},
		"other token":         {[]string{token}, sign("another", target, form), form.Encode(), http.StatusUnauthorized},
		"other port":          {[]string{token}, sign(token, strings.Replace(target, ".com", ".com:4481", 1), form), form.Encode(), http.StatusUnauthorized},
		"without the query":   {[]string{token}, sign(token, callbackURL, form), form.Encode(), http.StatusUnauthorized},
		"body changed":        {[]string{token}, sign(token, target, form), callback("failed", "").Encode(), http.StatusUnauthorized},
		"no tokens":           {nil, sign("", target, form), form.Encode(), http.StatusUnauthorized},
		"empty token":         {[]string{""}, sign("", target, form), form.Encode(), http.StatusUnauthorized},
		"no form":             {[]string{token}, sign(token, target, nil), "a=%zz", http.StatusBadRequest},
		"just as large as OK": {[]string{token}, sign(token, target, url.Values{"a": {strings.Repeat("b", MaxInput-2)}}), "a=" + strings.Repeat("b", MaxInput-2), http.StatusNoContent},
		"too large":           {[]string{token}, sign(token, target, url.Values{"a": {strings.Repeat("b", MaxInput-1)}}), "a=" + strings.Repeat("b", MaxInput-1), http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box, log := &inbox{}, &journal{}
			w := post(twilioCallbacks(box.take, log, tc.tokens...), target, tc.body, tc.signature)
			if tc.want == http.StatusNoContent {
				require.Equal(t, tc.want, w.Code, w.Body)
				return
			}
			requireRefusal(t, w, tc.want)
			require.Zero(t, box.calls)
			for _, secret := range []string{"2025550143", "5550100123", token, delivery} {
				require.NotContains(t, w.Body.String()+log.text.String(), secret)
			}
		})
	}
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestUnsignedBodyIsNotRead(t *testing.T) {
	t.Parallel()
	for _, signature := range []string{"", "%%%", "AAAA"} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/sms/twilio", unread{t})
		r.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		twilioCallbacks((&inbox{}).take, nil, token).ServeHTTP(w, r)
		requireRefusal(t, w, http.StatusUnauthorized)
	}
}

func TestTwilioPortsOfTheConfiguredURL(t *testing.T) {
	t.Parallel()
	for callback, want := range map[string][]string{
		"https://a.example/x?a=b":  {"https://a.example/x?a=b", "https://a.example:443/x?a=b"},
		"http://a.example/x":       {"http://a.example/x", "http://a.example:80/x"},
		"https://a.example:8443/x": {"https://a.example:8443/x", "https://a.example/x"},
	} {
		var got []string
		for _, u := range portSpellings(callback) {
			got = append(got, u.String())
		}
		require.Equal(t, want, got)
	}
}

func TestReceiptThatCannotBeStored(t *testing.T) {
	t.Parallel()
	box, log := &inbox{err: errors.New("disk full")}, &journal{}
	form := callback("delivered", "")
	w := post(twilioCallbacks(box.take, log, token), callbackURL, form.Encode(), sign(token, callbackURL, form))
	requireRefusal(t, w, http.StatusServiceUnavailable)
	require.Equal(t, 1, box.calls)
	require.NotContains(t, w.Body.String(), "disk full")
}

func TestTwilioHangingUpUndoesNothing(t *testing.T) {
	t.Parallel()
	box := &inbox{}
	form := callback("delivered", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhooks/sms/twilio", strings.NewReader(form.Encode()))
	r.Header.Set("X-Twilio-Signature", sign(token, callbackURL, form))
	w := httptest.NewRecorder()
	// Without a ReceiptSetup there are defaults.
	twilioAt(t, callbackURL).Receipts(ReceiptSetup{}, box.take).ServeHTTP(w, r)
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Len(t, box.reports, 1)
	require.WithinDuration(t, time.Now(), box.reports[0].At, time.Minute)
}

func FuzzTwilioCallback(f *testing.F) {
	f.Add("MessageStatus=delivered&MessageSid=SM1", "ref="+delivery+".1")
	f.Add("MessageStatus=failed&ErrorCode=30003", "ref=x")
	f.Add("a=%zz&;", "%")
	f.Fuzz(func(t *testing.T, body, query string) {
		form, err := url.ParseQuery(body)
		if err != nil || len(body) > MaxInput {
			return
		}
		box := &inbox{}
		r := httptest.NewRequest(http.MethodPost, "/webhooks/sms/twilio", strings.NewReader(body))
		r.URL.RawQuery = query
		signed := callbackURL
		if query != "" {
			signed += "?" + query
		}
		var fields strings.Builder
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
				fields.WriteString(name + value)
			}
		}
		r.Header.Set("X-Twilio-Signature", sign(token, signed+fields.String(), nil))
		w := httptest.NewRecorder()
		twilioCallbacks(box.take, &journal{}, token).ServeHTTP(w, r)
		if w.Code != http.StatusNoContent {
			t.Fatalf("%d for %q", w.Code, body)
		}
		for _, report := range box.reports {
			if report.State == "" || report.ProviderID == "" && report.Attempt == 0 {
				t.Fatalf("%+v", report)
			}
			if report.State == courier.AttemptFailed && (report.Class == "" || report.Reason == "") {
				t.Fatalf("%+v", report)
			}
		}
	})
}
