package mockmeta_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// The referees here are the documents' bodies in testdata: what the mock sends
// must have the same fields with the same types.

func shaped(shape string) func(*mockmeta.Options) {
	return func(o *mockmeta.Options) { o.Shape = shape }
}

func TestStatusWebhooksHaveTheDocumentsShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shape, to string
		status    string
	}{
		"status-sent.json":                        {mockmeta.ShapeV24, phone, "sent"},
		"status-sent-v23-conversation.json":       {mockmeta.ShapeV23, phone, "sent"},
		"status-sent-bsuid-contacts-2026.json":    {mockmeta.ShapeV26, phone, "sent"},
		"status-delivered.json":                   {mockmeta.ShapeV24, phone, "delivered"},
		"status-read.json":                        {mockmeta.ShapeV24, phone, "read"},
		"status-read-only-implies-delivered.json": {mockmeta.ShapeV24, "+15007000013", "read"},
		"status-unknown-warning.json":             {mockmeta.ShapeV24, "+15007000016", "warning"},
		"status-timestamp-milliseconds.json":      {mockmeta.ShapeV24, "+15007000027", "read"},
		"status-failed-131026.json":               {mockmeta.ShapeV24, "+15005131026", "failed"},
		"status-failed-131049.json":               {mockmeta.ShapeV24, "+15005131049", "failed"},
		"status-failed-137000.json":               {mockmeta.ShapeV24, "+15005137000", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, shaped(c.shape))
			message := otp(c.to, "1")
			if name != "status-unknown-warning.json" {
				message["biz_opaque_callback_data"] = "d1.1"
			}
			require.Equal(t, 200, b.send(message).status)
			b.settled()
			want := keys(decode(t, fixture(t, "webhooks/"+name)))
			for _, p := range b.hook.all() {
				if statusesIn(t, p.body)[0]["status"] == c.status {
					require.Equal(t, want, keys(decode(t, p.body)))
					return
				}
			}
			t.Fatalf("no webhook says %s", c.status)
		})
	}
}

func TestFailedStatusesCarryTheDocumentsWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/webhooks/status-failed-1*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		code := regexp.MustCompile(`[0-9]{6}`).FindString(file)
		b := start(t)
		require.Equal(t, 200, b.send(otp("+15005"+code, "1")).status)
		b.settled()
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		want := statusesIn(t, raw)[0]["errors"].([]any)[0].(map[string]any)
		got := b.hook.statuses(t)[0]["errors"].([]any)[0].(map[string]any)
		require.Equal(t, want["code"], got["code"])
		require.Equal(t, want["title"], got["title"], file)
	}
}

func TestRaisedWebhooksHaveTheDocumentsShape(t *testing.T) {
	t.Parallel()
	template := func(kind, value string) client.Event {
		return client.Event{Kind: kind, Template: "login_code", Language: "en_US", Value: value}
	}
	rejected := template(client.TemplateStatus, "REJECTED")
	rejected.Reason = "INVALID_FORMAT"
	for name, e := range map[string]client.Event{
		"template-status-approved.json":        template(client.TemplateStatus, "APPROVED"),
		"template-status-paused.json":          template(client.TemplateStatus, "PAUSED"),
		"template-status-disabled.json":        template(client.TemplateStatus, "DISABLED"),
		"template-status-rejected.json":        rejected,
		"template-quality-yellow.json":         template(client.TemplateQuality, ""),
		"template-category-update.json":        template(client.TemplateCategory, ""),
		"account-alerts.json":                  {Kind: client.AccountAlert},
		"account-update-restriction.json":      {Kind: client.AccountUpdate},
		"account-update-disabled.json":         {Kind: client.AccountUpdate, Value: "DISABLED_UPDATE"},
		"account-update-auth-intl.json":        {Kind: client.AccountUpdate, Value: "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE"},
		"phone-number-quality-throughput.json": {Kind: client.PhoneQuality},
		"value-errors.json":                    {Kind: client.ValueErrors, Code: 130429},
		"inbound-text.json":                    {Kind: client.InboundText, Number: phone, Value: "Who is this? äöå / <b>"},
		"inbound-did-not-request-code.json":    {Kind: client.DidNotRequestCode},
		"system-user-changed-number.json":      {Kind: client.UserChangedNumber, Number: phone, Value: "+12025550199"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			if e.Kind == client.DidNotRequestCode {
				e.MessageID = b.accepted(phone, "1")
				b.settled()
			}
			before := len(b.hook.all())
			require.NoError(t, b.Client().Raise(b.ctx, e))
			eventually(t, func() error {
				if len(b.hook.all()) == before {
					return fmt.Errorf("no webhook yet")
				}
				return nil
			})
			p := b.hook.all()[before]
			require.Equal(t, keys(decode(t, fixture(t, "webhooks/"+name))), keys(decode(t, p.body)))
			require.Equal(t, signed(p.body), p.header.Get("X-Hub-Signature-256"))
			for _, c := range p.body {
				require.Less(t, c, byte(0x80), "the body is ASCII")
			}
		})
	}
}

func TestWrongEventsAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	for want, e := range map[string]client.Event{
		"no such event":           {Kind: "surprise"},
		"there is no template":    {Kind: client.TemplateStatus, Template: "x", Value: "PAUSED"},
		"no WhatsApp message":     {Kind: client.DidNotRequestCode, MessageID: "x"},
		"not a phone number":      {Kind: client.InboundText},
		"needs field and payload": {Kind: client.RawEvent},
	} {
		require.ErrorContains(t, b.Client().Raise(b.ctx, e), want)
	}
	require.NoError(t, b.Client().Raise(b.ctx, client.Event{Kind: client.RawEvent, Field: "security", Payload: json.RawMessage(`{"event":"PIN_CHANGED"}`)}))
}

// Every error that the documents list can be planted, and is answered with the
// same HTTP status and the same fields.
func TestErrorsAreThoseOfTheDocuments(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Throughput, o.PairEvery = -1, -1 })
	files, err := filepath.Glob("testdata/errors/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 40)
	name := regexp.MustCompile(`^([0-9]{3})-([0-9]+)\.json$`)
	for _, file := range files {
		parts := name.FindStringSubmatch(filepath.Base(file))
		if parts == nil {
			continue // a variant, tested where it arises
		}
		status, _ := strconv.Atoi(parts[1])
		code, _ := strconv.Atoi(parts[2])
		require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.SendError, Code: code}))
		a := b.send(otp(phone, "1"))
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, status, a.status, file)
		require.Equal(t, keys(decode(t, raw)), keys(a.body), file)
		want, got := decode(t, raw)["error"].(map[string]any), a.body["error"].(map[string]any)
		for _, field := range []string{"type", "code", "error_subcode", "is_transient"} {
			require.Equal(t, want[field], got[field], "%s of %s", field, file)
		}
	}
}
