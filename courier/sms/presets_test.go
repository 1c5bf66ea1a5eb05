package sms

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// presets are the examples for well-known providers.
var presets = filepath.Join("..", "..", "deploy", "sms")

// presetNames are the names of all examples.
func presetNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(presets, "*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".yml")
	}
	return names
}

// preset reads an example as the courier reads its configuration.
func preset(t *testing.T, name, baseURL string) HTTPConfig {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(presets, name+".yml"))
	require.NoError(t, err)
	var file map[string]any
	require.NoError(t, yaml.Unmarshal(raw, &file))
	values := koanf.New(".")
	require.NoError(t, values.Set("sms", file["sms"]))
	require.Equal(t, "http", values.String("sms.provider"))
	cfg := HTTPConfig{Method: http.MethodPost}
	require.NoError(t, values.Unmarshal("sms.http", &cfg))
	require.Contains(t, string(raw), "# Source: ")
	require.Contains(t, cfg.Callback.URL, "/webhooks/sms/http")
	require.True(t, strings.HasPrefix(cfg.URL, "https://"), cfg.URL)
	if baseURL != "" {
		cfg.URL = baseURL
	}
	return cfg
}

// presetProvider is the sender of an example.
func presetProvider(t *testing.T, cfg HTTPConfig) *HTTP {
	t.Helper()
	s := setup(t)
	s.Texts = texts(t, map[string]string{"en": "{{.Code}} is your code", "hi": "{{.Code}} आपका कोड है"})
	made, err := NewHTTP(cfg, s)
	require.NoError(t, err)
	return made
}

func TestPresetRequests(t *testing.T) {
	t.Parallel()
	const callback = "https://otp.example.com/webhooks/sms/http?ref=0190.2\\u0026key=replace-me-with-a-random-key"
	const escaped = "https%3A%2F%2Fotp.example.com%2Fwebhooks%2Fsms%2Fhttp%3Fref%3D0190.2%26key%3Dreplace-me-with-a-random-key"
	want := map[string]struct{ en, hi, authorization string }{
		"vonage": {
			"callback=" + escaped + "&from=AcmeInc&text=481920+is+your+code&to=12025550143&ttl=300000&type=text",
			"callback=" + escaped + "&from=AcmeInc&text=481920+%E0%A4%86%E0%A4%AA%E0%A4%95%E0%A4%BE+%E0%A4%95%E0%A5%8B%E0%A4%A1+%E0%A4%B9%E0%A5%88&to=12025550143&ttl=300000&type=unicode",
			"Basic cmVwbGFjZS1tZTpyZXBsYWNlLW1l",
		},
		"infobip": {
			`{"messages":[{"content":{"text":"481920 is your code"},"destinations":[{"to":"12025550143"}],"options":{"validityPeriod":{"amount":300,"timeUnit":"SECONDS"}},"sender":"AcmeInc","webhooks":{"callbackData":"0190.2","contentType":"application/json","delivery":{"url":"` + callback + `"}}}]}`,
			`{"messages":[{"content":{"text":"481920 आपका कोड है"},"destinations":[{"to":"12025550143"}],"options":{"validityPeriod":{"amount":300,"timeUnit":"SECONDS"}},"sender":"AcmeInc","webhooks":{"callbackData":"0190.2","contentType":"application/json","delivery":{"url":"` + callback + `"}}}]}`,
			"App replace-me",
		},
		"plivo": {
			`{"dst":"+12025550143","message_expiry":300,"method":"POST","src":"replace-me","text":"481920 is your code","url":"` + callback + `"}`,
			`{"dst":"+12025550143","message_expiry":300,"method":"POST","src":"replace-me","text":"481920 आपका कोड है","url":"` + callback + `"}`,
			"Basic cmVwbGFjZS1tZTpyZXBsYWNlLW1l",
		},
		"telnyx": {
			`{"from":"replace-me","text":"481920 is your code","to":"+12025550143","webhook_url":"` + callback + `"}`,
			`{"from":"replace-me","text":"481920 आपका कोड है","to":"+12025550143","webhook_url":"` + callback + `"}`,
			"Bearer replace-me",
		},
	}
	require.ElementsMatch(t, presetNames(t), slices.Collect(maps.Keys(want)), "each preset has its request here")
	for name, tc := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			presetProvider(t, preset(t, name, ""))
			for locale, body := range map[string]string{"en": tc.en, "hi": tc.hi} {
				var got received
				cfg := preset(t, name, provider(t, 503, `{}`, &got))
				_, err := presetProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", 5*time.Minute, locale))
				requireFailure(t, err, courier.ClassTransient)
				require.Equal(t, body, got.body)
				require.Equal(t, http.MethodPost, got.method)
				require.Equal(t, tc.authorization, got.header.Get("Authorization"))
				if cfg.Headers == nil {
					require.Contains(t, got.contentType, jsonType)
				}
			}
			// Without callbacks the provider is not told of any.
			var got received
			cfg := preset(t, name, provider(t, 503, `{}`, &got))
			cfg.Callback.URL = ""
			_, err := presetProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", 5*time.Minute))
			requireFailure(t, err, courier.ClassTransient)
			require.NotContains(t, got.body, "otp.example.com")
		})
	}
}

// What waits at the provider leaves no later than its code lives, as far as the
// provider can be told.
func TestPresetLives(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]map[time.Duration]string{
		"vonage":  {90 * time.Second: "ttl=90000&", time.Second: "ttl=20000&"},
		"infobip": {90 * time.Second: `"validityPeriod":{"amount":90,"timeUnit":"SECONDS"}`, time.Second: `"amount":1,`},
		"plivo":   {90 * time.Second: `"message_expiry":90,`, time.Second: `"message_expiry":5,`, 4 * time.Hour: `"message_expiry":10799,`},
	} {
		for life, want := range says {
			var got received
			cfg := preset(t, name, provider(t, 503, `{}`, &got))
			_, err := presetProvider(t, cfg).Send(t.Context(), outgoing(t, "481920", life))
			requireFailure(t, err, courier.ClassTransient)
			require.Contains(t, got.body, want, name)
		}
	}
}

func TestPresetAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		preset string
		status int
		body   string
		id     string
		class  courier.Class
		code   string
	}{
		"vonage takes it":      {"vonage", 200, `{"message-count":"1","messages":[{"to":"12025550143","message-id":"0A0000000123ABCD1","status":"0","remaining-balance":"3.14","message-price":"0.0333","network":"12345"}]}`, "0A0000000123ABCD1", "", ""},
		"vonage is throttled":  {"vonage", 200, `{"message-count":"1","messages":[{"status":"1","error-text":"Throughput Rate Exceeded"}]}`, "", courier.ClassThrottled, "1"},
		"vonage misses a name": {"vonage", 200, `{"message-count":"1","messages":[{"status":"2","error-text":"Missing to param"}]}`, "", courier.ClassConfig, "2"},
		"vonage is ill":        {"vonage", 200, `{"message-count":"1","messages":[{"status":"5","error-text":"Internal Error"}]}`, "", courier.ClassTransient, "5"},
		"vonage bars number":   {"vonage", 200, `{"message-count":"1","messages":[{"status":"7","error-text":"Number barred"}]}`, "", courier.ClassRecipient, "7"},
		"infobip takes it":     {"infobip", 200, `{"bulkId":"1","messages":[{"messageId":"2250be2d","status":{"groupId":1,"groupName":"PENDING","id":26,"name":"PENDING_ACCEPTED","description":"Pending Accepted"},"destination":"12025550143"}]}`, "2250be2d", "", ""},
		"infobip refuses":      {"infobip", 200, `{"messages":[{"messageId":"2250be2d","status":{"groupId":5,"groupName":"REJECTED","id":51,"name":"MISSING_TO","description":"Missing destination."},"destination":"1"}]}`, "", courier.ClassRecipient, "MISSING_TO"},
		"infobip wants money":  {"infobip", 200, `{"messages":[{"messageId":"2250be2d","status":{"groupName":"REJECTED","name":"REJECTED_NOT_ENOUGH_CREDITS"}}]}`, "", courier.ClassConfig, "REJECTED_NOT_ENOUGH_CREDITS"},
		"infobip, no key":      {"infobip", 401, `{"errorCode":"E401","description":"The request lacks valid authentication credentials"}`, "", courier.ClassConfig, "E401"},
		"infobip, too many":    {"infobip", 429, `{"errorCode":"E429"}`, "", courier.ClassThrottled, "E429"},
		"plivo takes it":       {"plivo", 202, `{"api_id":"db342550","message":"message(s) queued","message_uuid":["db3ce55a-7f1d-11e1-8ea7-1231380bc196"]}`, "db3ce55a-7f1d-11e1-8ea7-1231380bc196", "", ""},
		"plivo refuses":        {"plivo", 400, `{"api_id":"97ceeb52","error":"invalid src"}`, "", courier.ClassConfig, ""},
		"plivo, too many":      {"plivo", 429, `{"error":"rate limit"}`, "", courier.ClassThrottled, ""},
		"telnyx takes it":      {"telnyx", 200, `{"data":{"record_type":"message","id":"40385f64-5717-4562-b3fc-2c963f66afa6","to":[{"status":"queued"}]}}`, "40385f64-5717-4562-b3fc-2c963f66afa6", "", ""},
		"telnyx, opted out":    {"telnyx", 400, `{"errors":[{"code":"40300","title":"Blocked due to STOP message"}]}`, "", courier.ClassRecipient, "40300"},
		"telnyx, no key":       {"telnyx", 401, `{"errors":[{"code":"10009","title":"Authentication failed"}]}`, "", courier.ClassConfig, "10009"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sender := presetProvider(t, preset(t, tc.preset, provider(t, tc.status, tc.body, nil)))
			accepted, err := sender.Send(t.Context(), outgoing(t, "481920", time.Minute))
			if tc.class == "" {
				require.NoError(t, err)
				require.Equal(t, courier.Taken{ProviderID: tc.id, Receipts: true}, accepted)
				return
			}
			failure := requireFailure(t, err, tc.class)
			require.Equal(t, tc.code, failure.Code)
			require.NotContains(t, failure.Reason, "could not read")
		})
	}
}

func TestPresetReceipts(t *testing.T) {
	t.Parallel()
	const query = "?ref=" + delivery + ".2&key=replace-me-with-a-random-key"
	const telnyx = `{"data":{"event_type":"message.finalized","id":"4ee8c3a6","payload":{"id":"m-1","to":[{"phone_number":"+12025550143","status":"%s"}],"errors":[%s]}}}`
	telnyxSays := func(status, errors string) string {
		return strings.NewReplacer("[%s]", "["+errors+"]", "%s", status).Replace(telnyx)
	}
	const infobip = `{"results":[{"messageId":"m-1","to":"12025550143","status":{"groupName":"%g","name":"%n"},"error":{"id":0,"name":"%e"},"callbackData":"` + delivery + `.2"}]}`
	infobipSays := func(group, name, fault string) string {
		return strings.NewReplacer("%g", group, "%n", name, "%e", fault).Replace(infobip)
	}
	for name, tc := range map[string]struct {
		preset string
		call   receiptCall
		state  courier.AttemptState
		code   string
	}{
		"vonage, JSON":      {"vonage", receiptCall{contentType: jsonType, body: `{"msisdn":"12025550143","to":"AcmeInc","messageId":"m-1","status":"delivered","scts":"2001011400","err-code":"0"}`}, courier.AttemptDelivered, ""},
		"vonage, form":      {"vonage", receiptCall{contentType: formType, body: `msisdn=12025550143&messageId=m-1&status=expired&err-code=1`}, courier.AttemptFailed, "1"},
		"vonage, query":     {"vonage", receiptCall{method: "GET", target: "&msisdn=12025550143&messageId=m-1&status=buffered"}, courier.AttemptSent, ""},
		"vonage, unknown":   {"vonage", receiptCall{contentType: jsonType, body: `{"messageId":"m-1","status":"unknown"}`}, "", ""},
		"infobip, phone":    {"infobip", receiptCall{contentType: jsonType, body: infobipSays("DELIVERED", "DELIVERED_TO_HANDSET", "NO_ERROR")}, courier.AttemptDelivered, ""},
		"infobip, operator": {"infobip", receiptCall{contentType: jsonType, body: infobipSays("DELIVERED", "DELIVERED_TO_OPERATOR", "NO_ERROR")}, courier.AttemptSent, ""},
		"infobip, failed":   {"infobip", receiptCall{contentType: jsonType, body: infobipSays("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", "EC_ABSENT_SUBSCRIBER")}, courier.AttemptFailed, "EC_ABSENT_SUBSCRIBER"},
		"infobip, pending":  {"infobip", receiptCall{contentType: jsonType, body: infobipSays("PENDING", "PENDING_ENROUTE", "NO_ERROR")}, "", ""},
		"plivo, delivered":  {"plivo", receiptCall{contentType: formType, body: `From=1&To=12025550143&MessageUUID=m-1&Status=delivered&ErrorCode=000`}, courier.AttemptDelivered, ""},
		"plivo, failed":     {"plivo", receiptCall{contentType: formType, body: `To=12025550143&MessageUUID=m-1&Status=undelivered&ErrorCode=30`}, courier.AttemptFailed, "30"},
		"plivo, queued":     {"plivo", receiptCall{contentType: formType, body: `MessageUUID=m-1&Status=queued`}, "", ""},
		"telnyx, sent":      {"telnyx", receiptCall{contentType: jsonType, body: telnyxSays("sent", "")}, courier.AttemptSent, ""},
		"telnyx, delivered": {"telnyx", receiptCall{contentType: jsonType, body: telnyxSays("delivered", "")}, courier.AttemptDelivered, ""},
		"telnyx, failed":    {"telnyx", receiptCall{contentType: jsonType, body: telnyxSays("delivery_failed", `{"code":"40008","title":"Undeliverable"}`)}, courier.AttemptFailed, "40008"},
		"telnyx, unsure":    {"telnyx", receiptCall{contentType: jsonType, body: telnyxSays("delivery_unconfirmed", "")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &inbox{}
			tc.call.target = query + tc.call.target
			w := tc.call.to(presetProvider(t, preset(t, tc.preset, "")).Receipts(ReceiptSetup{Now: noon}, box.take))
			require.Equal(t, http.StatusNoContent, w.Code, w.Body)
			if tc.state == "" {
				require.Empty(t, box.reports)
				return
			}
			require.Len(t, box.reports, 1)
			got := box.reports[0]
			require.Equal(t, delivery, got.Delivery.String())
			require.Equal(t, 2, got.Attempt)
			require.Equal(t, "m-1", got.ProviderID)
			require.Equal(t, tc.state, got.State)
			require.Equal(t, tc.code, got.Code)
			require.Equal(t, tc.state == courier.AttemptFailed, got.Reason != "")
			require.NotContains(t, got.Reason, "2025550143")
		})
	}
}
