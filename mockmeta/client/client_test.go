package client_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	c := mock.Client()
	err := c.SetHandset(t.Context(), "home", client.Handset{})
	var refusal *client.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, 400, refusal.Status)
	require.ErrorContains(t, err, `not a phone number: "home"`)
	mock.Close()
	_, err = c.Messages(t.Context(), client.Filter{})
	require.ErrorContains(t, err, "mockmeta's control API")
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	t.Cleanup(mock.Close)

	ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
	defer cancel()
	seen, err := mock.Client().WaitForMessages(ctx, client.Filter{To: "+12025550143"}, 2)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "waited for 2 messages")
	require.ErrorContains(t, err, "there are 0")
	require.Empty(t, seen)

	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, mock.Client().WaitForStatus(ctx, "wamid.x", "read"), context.Canceled)
}

func TestHandsetsComeBackAsTheyWereSet(t *testing.T) {
	t.Parallel()
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	t.Cleanup(mock.Close)
	want := client.Handset{State: client.SwitchedOff, Blocked: true, NoReceipts: true, WaID: "447700900123", IdentityHash: "Zm9v"}
	require.NoError(t, mock.Client().SetHandset(t.Context(), "+44 7700 900123", want))
	got, err := mock.Client().Handsets(t.Context())
	require.NoError(t, err)
	want.Number = "+447700900123"
	require.Equal(t, []client.Handset{want}, got)
}

func TestDurationsAreText(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(client.Fault{Kind: client.Delay, Delay: client.Duration(1500 * time.Millisecond)})
	require.NoError(t, err)
	require.JSONEq(t, `{"kind":"delay","delay":"1.5s"}`, string(raw))
	var f client.Fault
	require.ErrorContains(t, json.Unmarshal([]byte(`{"delay":"soon"}`), &f), "not a duration")
}
