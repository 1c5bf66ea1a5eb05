package mockmeta_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestWebhooksAreSignedOverTheirBytes(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "read"))
	for _, p := range b.hook.all() {
		require.Equal(t, signed(p.body), p.header.Get("X-Hub-Signature-256"))
		require.Equal(t, "application/json", p.header.Get("Content-Type"))
	}
}

func TestWebhooksAreRepeatedUntilTheyAreTaken(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.hook.setAnswer(func(n int) int { return map[bool]int{true: 500, false: 200}[n == 0] })
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "sent"))
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "read"))
}

func TestNoWebhookWithoutASubscription(t *testing.T) {
	t.Parallel()
	b := start(t)
	quiet := mockmeta.New(mockmeta.Options{Calm: true, SentAfter: time.Millisecond, DeliveredAfter: time.Millisecond, ReadAfter: time.Millisecond})
	t.Cleanup(quiet.Close)
	b.Server = quiet
	id := b.accepted(phone, "1")
	eventually(t, func() error {
		m := b.message(id)
		if len(m.Statuses) != 3 {
			return fmt.Errorf("%d statuses", len(m.Statuses))
		}
		for _, st := range m.Statuses {
			if st.Webhook != 0 {
				return fmt.Errorf("a webhook was answered %d", st.Webhook)
			}
		}
		return nil
	})
	require.Empty(t, b.hook.all())
}

func TestSubscribingNeedsTheHandshake(t *testing.T) {
	t.Parallel()
	b := start(t)
	err := b.Client().Subscribe(b.ctx, b.hook.url, "wrong")
	require.ErrorContains(t, err, "answered the handshake with 403")
	require.NotContains(t, err.Error(), "wrong")
	require.ErrorContains(t, b.Client().Subscribe(b.ctx, "ftp://example.test", "x"), "not an http or https URL")
}

func TestASubscriptionAtStartIsRepeated(t *testing.T) {
	t.Parallel()
	hook := newReceiver(t)
	s := mockmeta.New(mockmeta.Options{Calm: true, WebhookURL: hook.url})
	t.Cleanup(s.Close)
	b := &bench{Server: s, t: t, ctx: t.Context(), hook: hook}
	eventually(t, func() error {
		b.accepted(phone, "1")
		if len(hook.all()) == 0 {
			return fmt.Errorf("no webhook yet")
		}
		return nil
	})
}

func TestWaitingSaysWhatWasThere(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.ReadAfter = time.Hour })
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "delivered"))
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	err := b.Client().WaitForStatus(ctx, id, "read")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, fmt.Sprintf("delivered (webhook answered %d)", http.StatusOK))
}

func TestAnEchoOfSomethingElseIsNoHandshake(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, answer := range map[string]string{"another text": "hello", "quoted": `"%s"`, "with a line end": "%s\n"} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(answer, "%s", r.URL.Query().Get("hub.challenge")))
		}))
		t.Cleanup(srv.Close)
		require.ErrorContains(t, b.Client().Subscribe(b.ctx, srv.URL, "x"), "bare challenge", name)
	}
}

func TestA200IsNotTakenBackByADuplicate(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.hook.setAnswer(func(n int) int { return map[bool]int{true: 200, false: 500}[n == 0] })
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.Duplicate, On: "sent"}))
	id := b.accepted(phone, "1")
	require.NoError(t, b.Client().WaitForStatus(b.ctx, id, "sent"))
	eventually(t, func() error {
		if n := len(b.message(id).Webhooks); n < 2 {
			return fmt.Errorf("%d tries", n)
		}
		return nil
	})
	st, _ := b.message(id).Status("sent")
	require.Equal(t, 200, st.Webhook)
}
