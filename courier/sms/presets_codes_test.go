package sms

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// codeClasses are the codes of a provider's own list by the class that each asks
// for, written down from the documents and not from the presets.
type codeClasses map[courier.Class]string

// The answers: who is to blame decides whether operators are alarmed. What one
// person can cause is never config.
func TestPresetsKnowEveryCodeOfAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		// body has %s where the code is.
		body  string
		codes codeClasses
	}{
		// developer.vonage.com/api-errors/sms
		"vonage": {200, `{"message-count":"1","messages":[{"status":"%s","error-text":"Text"}]}`, codeClasses{
			courier.ClassThrottled: "1 10",
			courier.ClassTransient: "5",
			courier.ClassConfig:    "2 3 4 8 9 11 12 14 15 22 23 29 32 39",
			courier.ClassRecipient: "6 7 33 999",
		}},
		// infobip.com/docs/essentials, "Response status and error codes", group 5
		"infobip": {200, `{"messages":[{"messageId":"m-1","status":{"groupName":"REJECTED","name":"%s"}}]}`, codeClasses{
			courier.ClassTransient: "REJECTED_SYSTEM_ERROR",
			courier.ClassConfig: "REJECTED_SOURCE REJECTED_NOT_ENOUGH_CREDITS REJECTED_SENDER REJECTED_PREPAID_PACKAGE_EXPIRED " +
				"REJECTED_DESTINATION_NOT_REGISTERED REJECTED_ROUTE_NOT_AVAILABLE REJECTED_DUPLICATE_MESSAGE_ID REJECTED_INVALID_UDH REJECTED_MESSAGE_TOO_LONG",
			courier.ClassRecipient: "REJECTED_NETWORK REJECTED_PREFIX_MISSING REJECTED_DND REJECTED_DESTINATION REJECTED_FLOODING_FILTER MISSING_TO REJECTED_INVALID_DESTINATION REJECTED_TOMORROW",
		}},
		// developers.telnyx.com/docs/messaging/messages/error-codes, with HTTP 400
		"telnyx": {400, `{"errors":[{"code":"%s","title":"Title"}]}`, codeClasses{
			courier.ClassThrottled: "10011 40011 40016 40018 40318",
			courier.ClassTransient: "10007 40006",
			courier.ClassConfig:    "10001 10003 10004 10005 10009 40302 40304 40305 40306 40311 40312 40313 40314 40315 40316 40320 40321 40322 40329 40333 49999",
			courier.ClassRecipient: "10002 40001 40012 40300 40301 40309 40310 40319",
		}},
	} {
		for class, codes := range c.codes {
			for code := range strings.FieldsSeq(codes) {
				sender := presetProvider(t, preset(t, name, provider(t, c.status, fmt.Sprintf(c.body, code), nil)))
				_, err := sender.Send(t.Context(), outgoing(t, "481920", time.Minute))
				require.Equal(t, code, requireFailure(t, err, class).Code, "%s %s", name, code)
			}
		}
	}
}

// The receipts: the same rule for what a provider reports later.
func TestPresetsKnowEveryCodeOfAReceipt(t *testing.T) {
	t.Parallel()
	const telnyx = `{"data":{"payload":{"id":"m-1","to":[{"status":"delivery_failed"}],"errors":[{"code":"%s","title":"Title"}]}}}`
	for name, c := range map[string]struct {
		contentType, body string
		codes             codeClasses
	}{
		// api.support.vonage.com, "Vonage SMS Delivery Error Codes and Descriptions"
		"vonage": {jsonType, `{"messageId":"m-1","status":"failed","err-code":"%s"}`, codeClasses{
			courier.ClassTransient: "8",
			courier.ClassThrottled: "16",
			courier.ClassConfig:    "6 10 15 50 51 52 54",
			courier.ClassRecipient: "1 2 3 4 5 7 9 11 12 13 14 53 99 1000",
		}},
		// plivo.com/docs/messaging/troubleshooting/error-codes
		"plivo": {formType, "MessageUUID=m-1&Status=undelivered&ErrorCode=%s", codeClasses{
			courier.ClassTransient: "20 300",
			courier.ClassConfig:    "10 30 40 110 201 900 910",
			courier.ClassRecipient: "50 60 70 80 90 100 200 420 1000",
		}},
		"infobip": {jsonType, `{"results":[{"messageId":"m-1","status":{"groupName":"REJECTED","name":"%s"}}]}`, codeClasses{
			courier.ClassConfig:    "REJECTED_SOURCE REJECTED_NOT_ENOUGH_CREDITS REJECTED_SENDER REJECTED_PREPAID_PACKAGE_EXPIRED REJECTED_DESTINATION_NOT_REGISTERED REJECTED_ROUTE_NOT_AVAILABLE",
			courier.ClassRecipient: "REJECTED_NETWORK REJECTED_DND REJECTED_DESTINATION REJECTED_FLOODING_FILTER",
		}},
		"telnyx": {jsonType, telnyx, codeClasses{
			courier.ClassTransient: "40006",
			courier.ClassThrottled: "40011 40016 40018 40318",
			courier.ClassConfig:    "40002 40003 40009 40010 40013 40015 40017 40100 40150 40151 40302 40305 40306 40312 40314 40315 40320 40321 40322 40329 40331 40333",
			courier.ClassRecipient: "40001 40004 40005 40007 40008 40012 40014 40300 40301 40309 40310 40319 49999",
		}},
	} {
		for class, codes := range c.codes {
			for code := range strings.FieldsSeq(codes) {
				box := &inbox{}
				call := receiptCall{contentType: c.contentType, body: fmt.Sprintf(c.body, code), target: "?ref=" + delivery + ".2&key=" + presetKey}
				w := call.to(presetProvider(t, preset(t, name, "")).Receipts(ReceiptSetup{Now: noon}, box.take))
				require.Equal(t, http.StatusNoContent, w.Code, w.Body)
				require.Len(t, box.reports, 1, "%s %s", name, code)
				require.Equal(t, class, box.reports[0].Class, "%s %s", name, code)
				require.Equal(t, code, box.reports[0].Code)
			}
		}
	}
}

const presetKey = "replace-me-with-a-random-key"

// Whatever comes to the receipts' URL: an answer of 204, counted, and no alarm. A
// provider that only looks whether someone is there sends nothing at all.
func TestPresetsTakeRequestsThatAreNoReceipts(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"nothing": "", "null": "null", "a number": "7", "a text": `"x"`, "a list": "[]", "a list of lists": "[[]]", "an object": "{}",
		"odd fields":   `{"status":null,"results":{},"data":[],"Status":null}`,
		"deeper":       `{"results":[null,7,{},{"status":7},{"status":{}}],"data":{"payload":{"to":[],"errors":{}}}}`,
		"deeper still": `{"data":{"payload":{"to":[7],"errors":[7]}},"results":"x"}`,
	}
	for _, name := range presetNames(t) {
		for what, body := range bodies {
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				for _, media := range []string{jsonType, formType, "text/plain", ""} {
					unreadable, box := 0, &inbox{}
					setup := ReceiptSetup{Now: noon, Unreadable: func() { unreadable++ }, Trouble: func(doing string, err error) {
						t.Errorf("%s, %s %s %q: %s: %v", name, method, media, what, doing, err)
					}}
					call := receiptCall{method: method, contentType: media, body: body, target: "?key=" + presetKey}
					w := call.to(presetProvider(t, preset(t, name, "")).Receipts(setup, box.take))
					if w.Code == http.StatusBadRequest { // it is not what its Content-Type says
						continue
					}
					require.Equal(t, http.StatusNoContent, w.Code, "%s, %s %s %q: %s", name, method, media, what, w.Body)
					require.Equal(t, 1, unreadable, "%s, %s %s %q", name, method, media, what)
					require.Empty(t, box.reports)
				}
			}
		}
	}
}

// Every status that a provider documents means something, or is left out.
func TestPresetsKnowEveryStatus(t *testing.T) {
	t.Parallel()
	none := courier.AttemptState("")
	table := map[string]struct {
		contentType, body string
		states            map[courier.AttemptState]string
	}{
		"vonage": {jsonType, `{"messageId":"m-1","status":"%s","err-code":"0"}`, map[courier.AttemptState]string{
			courier.AttemptSent: "accepted buffered", courier.AttemptDelivered: "delivered", courier.AttemptFailed: "expired failed rejected", none: "unknown tomorrow",
		}},
		"plivo": {formType, "MessageUUID=m-1&Status=%s", map[courier.AttemptState]string{
			courier.AttemptSent: "sent", courier.AttemptDelivered: "delivered", courier.AttemptFailed: "undelivered failed rejected", none: "queued read tomorrow",
		}},
		"infobip": {jsonType, `{"results":[{"messageId":"m-1","status":{"groupName":"%s","name":"NAME"}}]}`, map[courier.AttemptState]string{
			courier.AttemptSent: "DELIVERED", courier.AttemptFailed: "UNDELIVERABLE EXPIRED REJECTED", none: "PENDING",
		}},
		"telnyx": {jsonType, `{"data":{"payload":{"id":"m-1","to":[{"status":"%s"}]}}}`, map[courier.AttemptState]string{
			courier.AttemptSent: "sent", courier.AttemptDelivered: "delivered", courier.AttemptFailed: "sending_failed delivery_failed expired",
			none: "queued sending delivery_unconfirmed tomorrow",
		}},
	}
	require.ElementsMatch(t, presetNames(t), slices.Collect(maps.Keys(table)), "each preset has its statuses here")
	for name, c := range table {
		for state, words := range c.states {
			for word := range strings.FieldsSeq(words) {
				unreadable, box := 0, &inbox{}
				call := receiptCall{contentType: c.contentType, body: fmt.Sprintf(c.body, word), target: "?key=" + presetKey}
				w := call.to(presetProvider(t, preset(t, name, "")).Receipts(ReceiptSetup{Now: noon, Unreadable: func() { unreadable++ }}, box.take))
				require.Equal(t, http.StatusNoContent, w.Code, w.Body)
				require.Zero(t, unreadable, "%s %s", name, word)
				var got courier.AttemptState
				if len(box.reports) > 0 {
					got = box.reports[0].State
				}
				require.Equal(t, state, got, "%s %s", name, word)
			}
		}
	}
}
