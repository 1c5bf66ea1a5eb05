package app

import (
	"context"
	"errors"
	"io"
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
	want := func(state courier.AttemptState) courier.Status {
		return courier.Status{Delivery: id, Attempt: 2, Provider: "meta", ProviderID: "wamid.1", State: state, At: at}
	}
	for status, state := range map[string]courier.AttemptState{
		"sent": courier.AttemptSent, "delivered": courier.AttemptDelivered, "read": courier.AttemptRead,
	} {
		got, ok := statusReport(event(status, nil))
		require.True(t, ok)
		require.Equal(t, want(state), got)
	}

	got, ok := statusReport(event("failed", func(e *webhook.Event) { e.Errors = []webhook.Error{{Code: 131026}} }))
	require.True(t, ok)
	require.Equal(t, courier.ClassAbsent, got.Class)
	require.Equal(t, "131026", got.Code)
	require.NotEmpty(t, got.Reason)

	got, ok = statusReport(event("failed", nil))
	require.True(t, ok, "a failure without a reason is one")
	require.NotEmpty(t, got.Class)

	got, ok = statusReport(event("delivered", func(e *webhook.Event) { e.CallbackData = "somebody else's" }))
	require.True(t, ok, "found by Meta's id instead")
	require.Zero(t, got.Delivery)
	require.Equal(t, "wamid.1", got.ProviderID)

	for _, e := range []webhook.Event{event("warning", nil), event("deleted", nil), {Kind: webhook.KindUpdate}, {Kind: webhook.KindInbound, Status: "read"}} {
		_, ok := statusReport(e)
		require.False(t, ok)
	}
}

func TestMetaSinkFailsWhenTheReportsAreNotOnDisk(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	o := &observer{log: newLogger(&Config{}, Options{Log: io.Discard}), metrics: m}
	broken := errors.New("disk full")
	sink := metaSink(func(context.Context, []courier.Status) error { return broken }, metaWatch{}, o)
	require.ErrorIs(t, sink(t.Context(), []webhook.Event{{Kind: webhook.KindUpdate, Field: "anything"}}), broken)
	require.InDelta(t, 1, testutil.ToFloat64(m.webhooks.WithLabelValues("update", "other")), 0)
}
