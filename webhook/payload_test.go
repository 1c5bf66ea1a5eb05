package webhook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What every fixture of Meta's webhooks must become. Written from the fixtures,
// in the notation of describe.
var fixtures = map[string][]string{
	"account-alerts.json":                  {"update account_alerts account=900100200300401 at=1794500000"},
	"account-update-auth-intl.json":        {"update account_update account=900100200300401 at=1794500000 name=AUTH_INTL_PRICE_ELIGIBILITY_UPDATE"},
	"account-update-disabled.json":         {"update account_update account=900100200300401 at=1794500000 name=DISABLED_UPDATE details=DISABLE"},
	"account-update-restriction.json":      {"update account_update account=900100200300401 at=1794500000 name=ACCOUNT_RESTRICTION details=RESTRICTED_BIZ_INITIATED_MESSAGING"},
	"inbound-did-not-request-code.json":    {"inbound messages account=900100200300401 phone=700200300400501 at=1794500030 from=12025550143 id=MkU0RjYwODEA name=DID_NOT_REQUEST_CODE"},
	"inbound-text.json":                    {"inbound messages account=900100200300401 phone=700200300400501 at=1794500020 from=12025550143 name=text"},
	"phone-number-quality-throughput.json": {"update phone_number_quality_update account=900100200300401 at=1794500000 name=THROUGHPUT_UPGRADE"},
	// People whose number Meta does not tell.
	"inbound-did-not-request-code-without-number-2026.json": {"inbound messages account=900100200300401 phone=700200300400501 at=1794500030 user=US.90817263544536271809 id=MkU0RjYwODEA name=DID_NOT_REQUEST_CODE"},
	"inbound-text-without-number-2026.json":                 {"inbound messages account=900100200300401 phone=700200300400501 at=1794500020 user=US.90817263544536271809 name=text"},
	"status-delivered-username-2026.json":                   {status1("delivered", 1794500003) + tracked},
	"system-user-changed-user-id-2026.json":                 {"inbound messages account=900100200300401 phone=700200300400501 at=1794500000 user=US.90817263544536271810 name=user_changed_user_id by=whatsapp"},

	"status-deleted.json":                      {status1("deleted", 1794500060)},
	"status-delivered-auth-international.json": {"status messages account=900100200300401 phone=700200300400501 at=1794500003 id=NDRERDU1AA== status=delivered data=kr1:01J9ZC3M6Q8T5W7Y0A2B4C6D8E"},
	"status-delivered.json":                    {status1("delivered", 1794500003) + tracked},
	"status-failed-130472.json":                {failed(130472)},
	"status-failed-130497.json":                {failed(130497)},
	"status-failed-131000.json":                {failed(131000)},
	"status-failed-131026.json":                {failed(131026)},
	"status-failed-131042.json":                {failed(131042)},
	"status-failed-131049.json":                {failed(131049)},
	"status-failed-137000.json":                {failed(137000)},
	"status-failed-no-error-data.json":         {failed(131026)},
	"status-played.json":                       {status1("played", 1794500060)},
	"status-read-only-implies-delivered.json":  {status1("read", 1794500003) + tracked},
	"status-read.json":                         {status1("read", 1794500009) + tracked},
	"status-sent-bsuid-contacts-2026.json":     {status1("sent", 1794500001) + tracked},
	"status-sent-v23-conversation.json":        {status1("sent", 1794500001) + tracked},
	"status-sent.json":                         {status1("sent", 1794500001) + tracked},
	"status-timestamp-milliseconds.json":       {status1("delivered", 1794500003) + tracked},
	"status-unknown-warning.json":              {status1("warning", 1794500060)},
	"system-user-changed-number.json":          {"inbound messages account=900100200300401 phone=700200300400501 at=1794500000 from=12025550143 name=user_changed_number by=whatsapp"},
	"template-category-update.json":            {"update template_category_update account=900100200300401 at=1794500000 template=kratos_login_copy_code language=en_US"},
	"template-quality-yellow.json":             {"update message_template_quality_update account=900100200300401 at=1794500000 name=YELLOW template=kratos_login_copy_code language=en_US"},
	"template-status-approved.json":            {"update message_template_status_update account=900100200300401 at=1794500000 name=APPROVED template=kratos_login_copy_code language=en_US"},
	"template-status-disabled.json":            {"update message_template_status_update account=900100200300401 at=1794500000 name=DISABLED template=kratos_login_copy_code language=en_US"},
	"template-status-paused.json":              {"update message_template_status_update account=900100200300401 at=1794500000 name=PAUSED details=FIRST_PAUSE template=kratos_login_copy_code language=en_US"},
	"template-status-rejected.json":            {"update message_template_status_update account=900100200300401 at=1794500000 name=REJECTED template=kratos_login_copy_code language=en_US"},
	"value-errors.json":                        {"fault messages account=900100200300401 phone=700200300400501 errors=130429"},
	"raw-escaped.body":                         {"inbound messages account=900100200300401 phone=700200300400501 at=1794500020 from=12025550143 name=text"},
	"batch-multi-entry.json": {
		"status messages account=900100200300401 phone=700200300400501 at=1794500001 id=MDAwMDAwQTEA status=sent data=kr1:a",
		"status messages account=900100200300401 phone=700200300400501 at=1794500001 id=MDAwMDAwQjEA status=sent data=kr1:b",
		"status messages account=900100200300401 phone=700200300400501 at=1794500002 id=MDAwMDAwQTEA status=delivered data=kr1:a",
		"status messages account=900100200300401 phone=700200300400501 at=1794500002 id=MDAwMDAwQzEA status=failed data=kr1:c errors=131026",
		"inbound messages account=900100200300401 phone=700200300400501 at=1794500004 from=12025550143 name=text",
		"update message_template_status_update account=900100200300402 at=1794500005 name=PAUSED details=FIRST_PAUSE template=kratos_login_copy_code language=en_US",
	},
}

const tracked = " data=kr1:01J9ZC3M6Q8T5W7Y0A2B4C6D8E"

func status1(status string, at int64) string {
	return fmt.Sprintf("status messages account=900100200300401 phone=700200300400501 at=%d id=MkU0RjYwODEA status=%s", at, status)
}

func failed(code int) string {
	return fmt.Sprintf("%s%s errors=%d", status1("failed", 1794500002), tracked, code)
}

// describe writes an event as one line, leaving out what is empty.
func describe(e Event) string {
	line := string(e.Kind) + " " + e.Field
	add := func(name, value string) {
		if value != "" {
			line += " " + name + "=" + value
		}
	}
	add("account", e.AccountID)
	add("phone", e.PhoneNumberID)
	if !e.At.IsZero() {
		add("at", fmt.Sprint(e.At.Unix()))
	}
	add("from", e.From)
	add("user", e.UserID)
	add("id", e.MessageID[max(0, len(e.MessageID)-12):])
	add("status", e.Status)
	add("data", e.CallbackData)
	var codes []string
	for _, err := range e.Errors {
		codes = append(codes, fmt.Sprint(err.Code))
	}
	add("errors", strings.Join(codes, ","))
	add("name", e.Name)
	if e.System {
		add("by", "whatsapp")
	}
	add("details", strings.Join(e.Details, ","))
	add("template", e.Template)
	add("language", e.Language)
	return line
}

func describeAll(t *testing.T, body []byte) []string {
	t.Helper()
	events, err := parse(body)
	require.NoError(t, err)
	var lines []string
	for _, e := range events {
		lines = append(lines, describe(e))
	}
	return lines
}

func TestParseFixtures(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, file := range files {
		switch file.Name() {
		case "fuzz", "verify-handshake.json", "raw-escaped.sig.json", "out-of-order-duplicates.json":
			continue // not a body
		}
		t.Run(file.Name(), func(t *testing.T) {
			t.Parallel()
			want, known := fixtures[file.Name()]
			require.True(t, known, "add this file to the table")
			body, err := os.ReadFile(filepath.Join("testdata", file.Name()))
			require.NoError(t, err)
			require.Equal(t, want, describeAll(t, body))
		})
	}
}

func TestParseOutOfOrderDuplicates(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/out-of-order-duplicates.json")
	require.NoError(t, err)
	var steps []struct{ Body json.RawMessage }
	require.NoError(t, json.Unmarshal(raw, &steps))
	var lines []string
	for _, step := range steps {
		lines = append(lines, describeAll(t, step.Body)...)
	}
	require.Equal(t, []string{
		status1("read", 1794500009) + tracked,
		status1("sent", 1794500001) + tracked,
		status1("sent", 1794500001) + tracked,
		status1("delivered", 1794500003) + tracked,
		status1("delivered", 1794500004) + tracked,
		status1("failed", 1794500010) + tracked + " errors=131026",
	}, lines)
}

func TestParseKeepsMetasWords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		wire string
		want Error
	}{
		"today":        {`{"code":131026,"title":"T","message":"T","error_data":{"details":"D"},"href":"h"}`, Error{131026, "T", "D"}},
		"old":          {`{"code":131026,"title":"T"}`, Error{131026, "T", ""}},
		"text data":    {`{"code":131026,"title":"T","error_data":"D"}`, Error{131026, "T", "D"}},
		"code as text": {`{"code":"131026","error_data":[1]}`, Error{131026, "", ""}},
		"strange":      {`{"code":{},"title":7,"error_data":{"details":[]}}`, Error{0, "7", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := parse(body(`{"id":"m","status":"failed","errors":[` + tc.wire + `]}`))
			require.NoError(t, err)
			require.Len(t, events, 1)
			require.Equal(t, []Error{tc.want}, events[0].Errors)
		})
	}
}

// body wraps one status.
func body(status string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"statuses":[` + status + `]}}]}]}`)
}

func TestParseTimes(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, time.November, 12, 14, 13, 23, 0, time.UTC)
	for wire, want := range map[string]time.Time{
		`"1794492803"`:           second,
		`1794492803`:             second,
		`"1794492803000"`:        second,
		`1794492803250`:          second.Add(250 * time.Millisecond),
		`"0"`:                    {},
		`"-5"`:                   {},
		`""`:                     {},
		`null`:                   {},
		`"soon"`:                 {},
		`"99999999999999999999"`: {},
		`1.5`:                    {},
		`[]`:                     {},
		`{"a":1}`:                {},
		`true`:                   {},
	} {
		events, err := parse(body(`{"id":"m","status":"sent","timestamp":` + wire + `}`))
		require.NoError(t, err, wire)
		require.Equal(t, []Event{{Kind: KindStatus, Field: "messages", AccountID: "1", MessageID: "m", Status: "sent", At: want}}, events, wire)
	}
}

func TestParseLosesOnlyWhatIsBroken(t *testing.T) {
	t.Parallel()
	const good = `{"id":"m%d","status":"sent"}`
	first, last := fmt.Sprintf(good, 1), fmt.Sprintf(good, 2)
	kept := []string{"status messages id=m1 status=sent", "status messages id=m2 status=sent"}
	value := func(statuses string) string {
		return `{"changes":[{"field":"messages","value":{"statuses":[` + statuses + `]}}]}`
	}
	for name, tc := range map[string]struct{ entries, where string }{
		"entry is a number":        {value(first) + `,7,` + value(last), "entry"},
		"changes is text":          {value(first) + `,{"changes":"x"},` + value(last), "entry.changes"},
		"change is null and array": {value(first) + `,{"changes":[null,[]]},` + value(last), "entry.changes"},
		"value is a list":          {value(first) + `,{"changes":[{"field":"messages","value":[1]}]},` + value(last), "entry.changes.value"},
		"field is a number":        {value(first) + `,{"changes":[{"field":1,"value":{}}]},` + value(last), "entry.changes.field"},
		"statuses is an object":    {value(first) + `,{"changes":[{"field":"messages","value":{"statuses":{}}}]},` + value(last), "entry.changes.value.statuses"},
		"status is text":           {value(first + `,"x",` + last), "entry.changes.value.statuses"},
		"errors is an object":      {value(`{"id":"m1","status":"sent","errors":{}},` + last), "entry.changes.value.statuses.errors"},
		"metadata is text":         {`{"changes":[{"field":"messages","value":{"metadata":"x","statuses":[` + first + `,` + last + `]}}]}`, "entry.changes.value.metadata"},
		"status without id":        {value(first + `,{"status":"sent"},` + last), "entry.changes.value.statuses"},
		"id of a wrong type":       {value(first + `,{"id":{},"status":"sent"},` + last), "entry.changes.value.statuses"},
		"update is all wrong":      {value(first) + `,{"changes":[{"field":"account_update","value":{"event":[],"other_info":1,"ban_info":"x","restriction_info":{}}}]},` + value(last), "entry.changes.value.other_info"},
		"status without status":    {value(first + `,{"id":"m"},` + last), "entry.changes.value.statuses"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := describeAll(t, []byte(`{"object":"whatsapp_business_account","entry":[`+tc.entries+`]}`))
			require.Subset(t, lines, kept)
			require.Contains(t, lines, "unreadable "+tc.where)
		})
	}
}

// Shapes of which there is no fixture. The names are Meta's (references of
// message_template_status_update, 13 April 2026, and account_update).
func TestParseUpdatesAndSystemMessages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ field, value, want string }{
		"unpaused": {
			"message_template_status_update",
			`{"event":"APPROVED","message_template_name":"login_code","message_template_language":"en-US","reason":null,"other_info":{"title":"UNPAUSE","description":"d"}}`,
			"update message_template_status_update name=APPROVED details=UNPAUSE template=login_code language=en-US",
		},
		"reinstated": {
			"message_template_status_update",
			`{"event":"REINSTATED","message_template_id":"1","message_template_name":"login_code","message_template_language":"pt_BR"}`,
			"update message_template_status_update name=REINSTATED template=login_code language=pt_BR",
		},
		"account is back": {
			"account_update",
			`{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE"}}`,
			"update account_update name=DISABLED_UPDATE details=REINSTATE",
		},
		"two restrictions": {
			"account_update",
			`{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_ADD_PHONE_NUMBER_ACTION"},{},{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":"soon"}]}`,
			"update account_update name=ACCOUNT_RESTRICTION details=RESTRICTED_ADD_PHONE_NUMBER_ACTION,RESTRICTED_BIZ_INITIATED_MESSAGING",
		},
		"quality of the number": {
			"phone_number_quality_update",
			`{"display_phone_number":"15550100123","event":"ONBOARDING","current_limit":"TIER_250"}`,
			"update phone_number_quality_update name=ONBOARDING",
		},
		"a field of tomorrow":               {"field_of_tomorrow", `{"event":"X","statuses":[{"id":"m","status":"sent"}]}`, "update field_of_tomorrow name=X"},
		"changed number, 2026":              {"messages", `{"messages":[{"type":"system","system":{"type":"customer_changed_number","wa_id":"1"}}]}`, "inbound messages name=customer_changed_number by=whatsapp"},
		"changed identity":                  {"messages", `{"messages":[{"from":"12025550143","type":"system","system":{"type":"customer_identity_changed","identity":"h"}}]}`, "inbound messages from=12025550143 name=customer_identity_changed by=whatsapp"},
		"changed identity without a number": {"messages", `{"messages":[{"from":null,"type":"system","system":{"type":"customer_identity_changed","user_id":"US.1"}}]}`, "inbound messages user=US.1 name=customer_identity_changed by=whatsapp"},
		"number and user id":                {"messages", `{"messages":[{"from":"12025550143","from_user_id":"US.1","type":"text"}]}`, "inbound messages from=12025550143 user=US.1 name=text"},
		"a user id of another type":         {"messages", `{"messages":[{"from_user_id":{},"type":"text"}]}`, "inbound messages name=text"},
		"text that plays a button": {
			"messages", `{"messages":[{"type":"text","text":{"body":"DID_NOT_REQUEST_CODE"},"button":{"payload":"DID_NOT_REQUEST_CODE"},"system":{"type":"customer_identity_changed"}}]}`,
			"inbound messages name=text",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"` + tc.field + `","value":` + tc.value + `}]}]}`
			require.Equal(t, []string{tc.want}, describeAll(t, []byte(raw)))
		})
	}
}

func TestParseIgnoresOtherObjects(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `null`, `{"object":"page","entry":[{"id":"1","changes":[{"field":"messages","value":{"statuses":[{"id":"m","status":"sent"}]}}]}]}`,
		`{"object":"whatsapp_business_account"}`, `{"object":"whatsapp_business_account","entry":[]}`,
		`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{}}]}]}`,
	} {
		require.Empty(t, describeAll(t, []byte(body)), body)
	}
}

func TestEventPrintsNothingPersonal(t *testing.T) {
	t.Parallel()
	const personal = "wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI3QzFGMEEzQjVEMkU0RjYwODEA"
	event := Event{
		Kind: KindStatus, Field: "messages", From: personal, UserID: personal, MessageID: personal, CallbackData: personal, Name: personal, Details: []string{personal},
		Template: personal, Language: personal, Errors: []Error{{Code: 131026, Title: personal, Details: personal}},
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q"} {
		text := fmt.Sprintf(verb, []any{event, &event, []Event{event}, event.Errors[0], &event.Errors[0]})
		require.NotContains(t, text, personal)
		require.Contains(t, text, "status (messages)")
		require.Contains(t, text, "error 131026")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(body(`{"id":"m","status":"failed","timestamp":"1794500001","errors":[{"code":1,"error_data":"x"}]}`))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[7,{"time":1,"changes":[{"field":"account_update","value":{"event":"X"}}]}]}`))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"type":"button"}],"errors":[{}]}}]}]}`))
	f.Add([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"f","value":{"message_template_name":"t","other_info":{"title":"UNPAUSE"},"restriction_info":[{"restriction_type":"R"}]}}]}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := parse(raw)
		if err != nil && events != nil {
			t.Fatal("events beside an error")
		}
		for _, e := range (Config{PhoneNumberIDs: []string{"1"}, AccountID: "2"}).route(events) {
			if e.PhoneNumberID != "" && e.PhoneNumberID != "1" && e.Kind != KindForeign {
				t.Fatalf("event of another number: %s", describe(e))
			}
			if e.PhoneNumberID == "" && e.AccountID != "" && e.AccountID != "2" && e.Kind != KindForeign {
				t.Fatalf("event of another account: %s", describe(e))
			}
			if e.Kind == "" || e.Kind == KindStatus && (e.MessageID == "" || e.Status == "") {
				t.Fatalf("incomplete event: %s", describe(e))
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("sha256=b3dfd8342c9b219b09800a01ea2ccb288f50d418def3f6cf6ad0643d7dd72036", "body")
	f.Add("sha256=", "")
	f.Add("sha256=00", "")
	f.Add("sha1=00", "x")
	valid := newVerifier([]string{"one secret", ""})
	f.Fuzz(func(t *testing.T, header, body string) {
		signature, ok := parseSignature(header)
		if ok && (fmt.Sprintf("sha256=%x", signature) != header || len(signature) != 32) {
			t.Fatalf("%q was taken for %x", header, signature)
		}
		if ok && valid([]byte(body), signature) {
			t.Fatalf("%q is valid for %q", header, body)
		}
	})
}
