package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

func TestStatusReport(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("01a1fbef-db4c-7962-b793-22d67237c625")
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	event := func(status string, change func(*webhook.Event)) webhook.Event {
		e := webhook.Event{Kind: webhook.KindStatus, Field: "messages", MessageID: "wamid.1", Status: status, CallbackData: courier.Reference(id, 2), At: at}
		if change != nil {
			change(&e)
		}
		return e
	}
	want := func(state courier.AttemptState) courier.Report {
		return courier.Report{Delivery: id, Attempt: 2, Provider: "meta", ProviderID: "wamid.1", State: state, At: at}
	}
	for status, state := range map[string]courier.AttemptState{
		"sent": courier.AttemptSent, "delivered": courier.AttemptDelivered, "read": courier.AttemptRead,
	} {
		got, ok := reportOf(event(status, nil), "meta")
		require.True(t, ok)
		require.Equal(t, want(state), got)
	}

	got, ok := reportOf(event("failed", func(e *webhook.Event) { e.Errors = []webhook.Error{{Code: 131026}} }), "meta")
	require.True(t, ok)
	require.Equal(t, courier.ClassAbsent, got.Class)
	require.Equal(t, "131026", got.Code)
	require.NotEmpty(t, got.Reason)

	got, ok = reportOf(event("failed", nil), "meta")
	require.True(t, ok, "a failure without a reason is one")
	require.NotEmpty(t, got.Class)

	got, ok = reportOf(event("delivered", func(e *webhook.Event) { e.CallbackData = "someone else's" }), "meta")
	require.True(t, ok, "found by Meta's id instead")
	require.Zero(t, got.Delivery)
	require.Equal(t, "wamid.1", got.ProviderID)

	for _, e := range []webhook.Event{event("warning", nil), event("deleted", nil), {Kind: webhook.KindUpdate}, {Kind: webhook.KindInbound, Status: "read"}} {
		_, ok := reportOf(e, "meta")
		require.False(t, ok)
	}
}

func TestMetaSinkFailsWhenTheReportsAreNotOnDisk(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil)
	o := &observer{log: newLogger(&Config{}, Options{Log: io.Discard}), metrics: m}
	broken := errors.New("disk full")
	sink := metaSink(func(context.Context, []courier.Report) error { return broken }, metaWatch{}, o)
	require.ErrorIs(t, sink(t.Context(), []webhook.Event{{Kind: webhook.KindUpdate, Field: "anything"}}), broken)
	require.InDelta(t, 1, testutil.ToFloat64(m.webhooks.WithLabelValues("update", "other")), 0)
}

// A changed identity is a security event also when no code is under way.
func TestChangedIdentity(t *testing.T) {
	t.Parallel()
	now := time.Now()
	watch := metaWatch{now: func() time.Time { return now }, seen: func(context.Context, courier.Phone, time.Time) error { return nil }}
	for from, masked := range map[string]string{"12025550143": "to=+1********43", "": "to=\n", "nobody": "to=\n", "1234567890123456789": "to=\n"} {
		m, log := newMetrics(nil), &output{}
		o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: m}
		nothing := func(_ context.Context, reports []courier.Report) error { require.Empty(t, reports); return nil }
		changed := webhook.Event{Kind: webhook.KindInbound, Field: "messages", Name: "customer_identity_changed", From: from, At: now}
		require.NoError(t, metaSink(nothing, watch, o)(t.Context(), []webhook.Event{changed}))
		require.InDelta(t, 1, testutil.ToFloat64(m.alerts.WithLabelValues("identity_changed")), 0)
		require.Contains(t, log.String(), "alert=identity_changed")
		require.Contains(t, log.String(), masked)
		if from != "" {
			require.NotContains(t, log.String(), from)
		}

		broken := func(context.Context, []courier.Report) error { return errors.New("disk full") }
		require.Error(t, metaSink(broken, watch, o)(t.Context(), []webhook.Event{changed}), "Meta will send it again")
		old, text := changed, changed
		old.At, text.Name = now.Add(-time.Hour), "text"
		require.NoError(t, metaSink(nothing, watch, o)(t.Context(), []webhook.Event{old, text}))
		require.InDelta(t, 1, testutil.ToFloat64(m.alerts.WithLabelValues("identity_changed")), 0)

		changed.At = time.Time{}
		require.NoError(t, metaSink(nothing, watch, o)(t.Context(), []webhook.Event{changed}))
		require.InDelta(t, 2, testutil.ToFloat64(m.alerts.WithLabelValues("identity_changed")), 0, "Meta tells no time for some")
	}
}

// Meta does not tell the number of everybody with a username.
func TestChangedIdentityOfAPersonWithoutANumber(t *testing.T) {
	t.Parallel()
	for id, masked := range map[string]string{"US.90817263544536271809": "user=US.***1809\n", "US.1": "user=***\n", "12025550143": "user=***\n"} {
		m, log := newMetrics(nil), &output{}
		o := &observer{log: newLogger(&Config{}, Options{Log: log}), metrics: m}
		nothing := func(_ context.Context, reports []courier.Report) error { require.Empty(t, reports); return nil }
		changed := webhook.Event{Kind: webhook.KindInbound, Field: "messages", Name: "customer_identity_changed", UserID: id}
		require.NoError(t, metaSink(nothing, metaWatch{now: time.Now}, o)(t.Context(), []webhook.Event{changed}))
		require.InDelta(t, 1, testutil.ToFloat64(m.alerts.WithLabelValues("identity_changed")), 0)
		require.Contains(t, log.String(), masked)
		require.NotContains(t, log.String(), id)
	}
}

// Another account's template of the same name is none of ours, once we know
// which account is ours.
func TestNewsOfOtherAccounts(t *testing.T) {
	t.Parallel()
	for ours, degraded := range map[string]bool{"": true, "900": false, "901": true} {
		c := config(t)
		c.WhatsApp.BusinessAccountID = ours
		r := start(t, c)
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"901","time":%d,"changes":[{"field":"message_template_status_update",
			"value":{"event":"PAUSED","message_template_name":"login_code","message_template_language":"en_US"}}]}]}`, time.Now().Unix())
		mac := hmac.New(sha256.New, []byte("filled-in"))
		mac.Write([]byte(body))
		answer, text := ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/webhooks/meta", strings.NewReader(body),
			"X-Hub-Signature-256", fmt.Sprintf("sha256=%x", mac.Sum(nil)))
		require.Equal(t, http.StatusOK, answer.StatusCode, text)
		_, status := ask(t, http.MethodGet, "http://"+r.Addresses().Private+"/admin/status", nil, "X-API-Key", adminKey)
		require.Equal(t, degraded, strings.Contains(status, `"part":"en_US"`), status)
		require.Equal(t, !degraded, strings.Contains(r.log.String(), "account=901"), "ours is "+ours)
	}
}
