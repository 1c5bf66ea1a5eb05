package testkit

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKratos starts the real Kratos with the repository's configuration and
// logs a person in; a small server stands where the courier will be.
func TestKratos(t *testing.T) {
	t.Parallel()
	if _, err := binary("", "KRATOS_BIN", "kratos"); err != nil {
		t.Skip(err)
	}
	codes, events := make(chan string, 10), make(chan string, 10)
	courier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Template struct {
				Code string `json:"login_code"`
			} `json:"template_data"`
			Event    string `json:"event"`
			Identity string `json:"identity_id"`
		}
		if r.Header.Get("X-API-Key") != "the key" || json.NewDecoder(r.Body).Decode(&body) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/kratos/events" {
			events <- body.Event + " " + body.Identity
		} else {
			codes <- body.Template.Code
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(courier.Close)

	ctx := t.Context()
	k, err := StartKratos(ctx, KratosOptions{
		CourierURL: courier.URL, CourierKey: "the key", CodeLifespan: 3 * time.Minute,
		Configure: func(c Config) { c.Set("courier.worker.pull_wait", "20ms") },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.Close(context.Background())) })

	var numbers Numbers
	person, err := k.NewPerson(ctx, numbers.Next(), map[string]any{"locale": "pt-BR"})
	require.NoError(t, err)
	_, err = k.NewPerson(ctx, person.Phone, nil)
	require.ErrorIs(t, err, ErrNumberTaken)
	login, err := person.Login(ctx)
	require.NoError(t, err)
	sent, err := login.RequestCode(ctx, map[string]any{"channel": "sms"})
	require.NoError(t, err)
	require.Len(t, sent.Texts, 1)
	sent.Texts = nil
	require.Equal(t, Result{HTTPStatus: 400, State: "sent_email", MessageIDs: []int64{1010014}}, sent)
	first := receive(t, codes)
	_, err = login.Resend(ctx, nil)
	require.NoError(t, err)
	second := receive(t, codes)

	old, err := login.Submit(ctx, first)
	require.NoError(t, err)
	require.Equal(t, []int64{4010008}, old.MessageIDs)
	in, err := login.Submit(ctx, second)
	require.NoError(t, err)
	require.Equal(t, 200, in.HTTPStatus)
	who, err := k.Whoami(ctx, in.SessionToken)
	require.NoError(t, err)
	require.Equal(t, person.ID, who)
	require.Equal(t, "login "+person.ID, receive(t, events))

	who, err = k.Whoami(ctx, "ory_st_no_such_token")
	require.NoError(t, err)
	require.Empty(t, who)
}

func receive(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(10 * time.Second):
		require.FailNow(t, "Kratos did not call")
		return ""
	}
}
